/** Whether a decryption key belongs to a backup version: known before anything is downloaded. */
import type { BackupVersionInfo, Curve25519AuthData } from '@roomkeys/types'
import type { BackupAlgorithm } from './algorithm.ts'
import type { DecryptionKey } from './decryption-key.ts'

/** A version whose algorithm is one of the caller's. */
export interface KnownVersion {
  readonly algorithm: BackupAlgorithm
  readonly authData: Curve25519AuthData
}

/** What a key is to a version. */
export type KeyMatch =
  | ({ readonly kind: 'match' } & KnownVersion)
  /** The backup is encrypted to another key. */
  | { readonly kind: 'mismatch'; readonly publicKey: string }
  | { readonly kind: 'unsupported_algorithm'; readonly name: string }

/**
 * The algorithm and `auth_data` of a version, or `null` when its algorithm is none of these.
 *
 * @throws BackupError `malformed_auth_data`
 */
export function readVersion(
  version: BackupVersionInfo,
  algorithms: readonly BackupAlgorithm[],
): KnownVersion | null {
  for (const algorithm of algorithms) {
    const authData = algorithm.parseAuthData(version)
    if (authData !== null) return { algorithm, authData }
  }
  return null
}

/**
 * Matches a key with a version.
 *
 * @throws BackupError `malformed_auth_data`
 */
export function matchKey(
  version: BackupVersionInfo,
  key: DecryptionKey,
  algorithms: readonly BackupAlgorithm[],
): KeyMatch {
  const known = readVersion(version, algorithms)
  if (known === null) return { kind: 'unsupported_algorithm', name: version.algorithm }
  return known.algorithm.matchesKey(known.authData, key)
    ? { kind: 'match', ...known }
    : { kind: 'mismatch', publicKey: known.authData.public_key }
}
