/**
 * Which key a person pasted. Backup keys and secret-storage keys look alike, so the account tells.
 */
import { type DecryptionKey, decodeDecryptionKey, type KeyMatch, matchKey } from '@roomkeys/backup'
import { getCurrentBackupVersion } from '@roomkeys/transport'
import type { BackupVersionInfo } from '@roomkeys/types'
import type { CallOptions, ClientContext } from './context.ts'
import { findStorageKey } from './storage-key.ts'

/** A key with the backup version that it opens. */
export interface BackupKey {
  readonly key: DecryptionKey
  readonly version: BackupVersionInfo
}

/** What a pasted key is to this account. */
export type IdentifiedKey =
  /** It opens the current backup. */
  | ({ readonly kind: 'backup_key' } & BackupKey)
  /** It is the account's secret-storage key, which does not open the backup itself. */
  | {
      readonly kind: 'secret_storage_key'
      readonly keyId: string
      /** The backup key that is stored under it, if that opens the current backup. */
      readonly backup: BackupKey | null
    }
  /** A well-formed key that belongs to neither. */
  | { readonly kind: 'unknown_key'; readonly version: BackupVersionInfo }
  | { readonly kind: 'no_backup' }
  | { readonly kind: 'unsupported_algorithm'; readonly algorithm: string }

/** What a key is to the current version, if there is one. */
type Match = (KeyMatch & { readonly version: BackupVersionInfo }) | { readonly kind: 'no_backup' }

function matchWith(
  version: BackupVersionInfo | null,
  key: DecryptionKey,
  { algorithms }: ClientContext,
): Match {
  if (version === null) return { kind: 'no_backup' }
  return { ...matchKey(version, key, algorithms), version }
}

/** A key that is neither the backup's nor secret storage's. */
function neither(match: Exclude<Match, { readonly kind: 'match' }>): IdentifiedKey {
  if (match.kind === 'no_backup') return match
  return match.kind === 'unsupported_algorithm'
    ? { kind: 'unsupported_algorithm', algorithm: match.name }
    : { kind: 'unknown_key', version: match.version }
}

/**
 * Tells which key this is, before anything is downloaded.
 *
 * @param text - the text form, as a person pasted it
 * @throws CryptoError what kind of typo it is, without asking the server
 * @throws BackupError `malformed_auth_data`
 * @throws TransportError
 */
export async function identifyKey(
  context: ClientContext,
  text: string,
  options: CallOptions = {},
): Promise<IdentifiedKey> {
  const key = decodeDecryptionKey(text)
  const version = await getCurrentBackupVersion(context.homeserver, options)
  const match = matchWith(version, key, context)
  if (match.kind === 'match') return { kind: 'backup_key', key, version: match.version }
  const storage = await findStorageKey(context.homeserver, key.privateKey.expose(), options)
  if (storage === null) return neither(match)
  const { keyId, backupKey } = storage
  const stored = backupKey === null ? null : matchWith(version, backupKey, context)
  const backup =
    backupKey !== null && stored?.kind === 'match'
      ? { key: backupKey, version: stored.version }
      : null
  return { kind: 'secret_storage_key', keyId, backup }
}
