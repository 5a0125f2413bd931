/** The version that a flow works on: the current one, if the caller's key opens it. */
import type { BackupVersionInfo } from '@roomkeys/types'
import type { BackupAlgorithm } from './algorithm.ts'
import type { DecryptionKey } from './decryption-key.ts'
import { BackupError } from './errors.ts'
import { type KnownVersion, matchKey } from './match-key.ts'
import type { ApiCallOptions, RoomKeysApi } from './ports/room-keys-api.ts'

/** What a version is matched with. */
export interface VersionMatch {
  readonly key: DecryptionKey
  /** Algorithms that are accepted. */
  readonly algorithms: readonly BackupAlgorithm[]
}

/**
 * Reads the current version.
 *
 * @throws BackupError `no_backup`
 * @throws ApiError
 */
export async function readCurrentVersion(
  api: RoomKeysApi,
  options: ApiCallOptions,
): Promise<BackupVersionInfo> {
  const version = await api.currentVersion(options)
  if (version !== null) return version
  throw new BackupError('no_backup', 'This account has no key backup on this server')
}

/**
 * The algorithm and `auth_data` of a version that the key opens.
 *
 * @throws BackupError `wrong_key`, `unsupported_algorithm` or `malformed_auth_data`
 */
export function requireMatch(
  version: BackupVersionInfo,
  { key, algorithms }: VersionMatch,
): KnownVersion {
  const match = matchKey(version, key, algorithms)
  if (match.kind === 'match') return match
  if (match.kind === 'mismatch')
    throw new BackupError('wrong_key', 'The backup is encrypted to another key than this one')
  throw new BackupError('unsupported_algorithm', 'The algorithm of the backup is not accepted')
}
