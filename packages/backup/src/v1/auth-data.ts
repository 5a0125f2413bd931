/** `auth_data` of v1. */
import { type BackupVersionInfo, type Curve25519AuthData, MEGOLM_BACKUP_V1 } from '@roomkeys/types'
import { parseAuthDataOf } from '../curve25519/auth-data.ts'

/**
 * `auth_data` of a v1 backup, or `null` for another algorithm.
 *
 * @throws BackupError `malformed_auth_data`
 */
export function parseAuthData(version: BackupVersionInfo): Curve25519AuthData | null {
  return parseAuthDataOf(MEGOLM_BACKUP_V1, version)
}
