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

/** The current version, and what a key is to it. */
interface Candidate {
  readonly version: BackupVersionInfo | null
  readonly match: (key: DecryptionKey) => KeyMatch | null
}

async function readCandidate(
  { homeserver, algorithms }: ClientContext,
  options: CallOptions,
): Promise<Candidate> {
  const version = await getCurrentBackupVersion(homeserver, options)
  return {
    version,
    match: (key) => (version === null ? null : matchKey(version, key, algorithms)),
  }
}

function opens({ version, match }: Candidate, key: DecryptionKey | null): BackupKey | null {
  if (version === null || key === null) return null
  return match(key)?.kind === 'match' ? { key, version } : null
}

function neither({ version, match }: Candidate, key: DecryptionKey): IdentifiedKey {
  if (version === null) return { kind: 'no_backup' }
  const known = match(key)
  return known?.kind === 'unsupported_algorithm'
    ? { kind: 'unsupported_algorithm', algorithm: known.name }
    : { kind: 'unknown_key', version }
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
  const candidate = await readCandidate(context, options)
  const backup = opens(candidate, key)
  if (backup !== null) return { kind: 'backup_key', ...backup }
  const storage = await findStorageKey(context.homeserver, key.privateKey.expose(), options)
  if (storage === null) return neither(candidate, key)
  const { keyId, backupKey } = storage
  return { kind: 'secret_storage_key', keyId, backup: opens(candidate, backupKey) }
}
