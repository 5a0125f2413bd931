/**
 * Which key a person pasted. Backup keys and secret-storage keys look alike, so the account tells.
 */
import { type DecryptionKey, decodeDecryptionKey, matchKey } from '@roomkeys/backup'
import { getCurrentBackupVersion } from '@roomkeys/transport'
import type { BackupVersionInfo } from '@roomkeys/types'
import type { CallOptions, ClientContext } from './context.ts'
import { findStorageKey } from './storage-key.ts'

/** What a pasted key is to this account. */
export type IdentifiedKey =
  /** It opens the current backup. */
  | {
      readonly kind: 'backup_key'
      readonly key: DecryptionKey
      readonly version: BackupVersionInfo
    }
  /** It is the account's secret-storage key, which does not open the backup itself. */
  | { readonly kind: 'secret_storage_key'; readonly keyId: string }
  /** A well-formed key that belongs to neither. */
  | { readonly kind: 'unknown_key'; readonly version: BackupVersionInfo }
  | { readonly kind: 'no_backup' }
  | { readonly kind: 'unsupported_algorithm'; readonly algorithm: string }

/**
 * Tells which key this is, before anything is downloaded.
 *
 * @param text - the text form, as a person pasted it
 * @throws CryptoError what kind of typo it is, without asking the server
 * @throws BackupError `malformed_auth_data`
 * @throws TransportError
 */
export async function identifyKey(
  { homeserver, algorithms }: ClientContext,
  text: string,
  options: CallOptions = {},
): Promise<IdentifiedKey> {
  const key = decodeDecryptionKey(text)
  const version = await getCurrentBackupVersion(homeserver, options)
  const match = version === null ? null : matchKey(version, key, algorithms)
  if (version !== null && match?.kind === 'match') return { kind: 'backup_key', key, version }
  const keyId = await findStorageKey(homeserver, key.privateKey.expose(), options)
  if (keyId !== null) return { kind: 'secret_storage_key', keyId }
  if (version === null) return { kind: 'no_backup' }
  return match?.kind === 'unsupported_algorithm'
    ? { kind: 'unsupported_algorithm', algorithm: match.name }
    : { kind: 'unknown_key', version }
}
