/** `auth_data` of v2: that of v1. */
import type { BackupVersionInfo, Curve25519Algorithm, Curve25519AuthData } from '@roomkeys/types'
import { parseAuthDataOf } from '../curve25519/auth-data.ts'

/** Reads `auth_data` of backups of this name alone; gives `null` for another algorithm. */
export function parseAuthDataAs(
  name: Curve25519Algorithm,
): (version: BackupVersionInfo) => Curve25519AuthData | null {
  return (version) => parseAuthDataOf(name, version)
}
