/** What the engine holds of a backup, and which one. */
import { encodeBase64 } from '@roomkeys/crypto/base64'
import type { BackupVersionInfo } from '@roomkeys/types'
import type { DecryptionKey } from '../decryption-key.ts'
import type { EncryptionKey } from '../encryption-key.ts'

/**
 * The key of a backup. `full`: reads and writes. `upload_only`: writes alone; the engine can then
 * compare no keys, only what the server says of them.
 */
export type BackupKey =
  | { readonly mode: 'full'; readonly key: DecryptionKey }
  | { readonly mode: 'upload_only'; readonly key: EncryptionKey }

/** A version with the key that entries are encrypted to. */
export interface Backup {
  readonly key: BackupKey
  /** As the server gave it last; `count` and `etag` are those of the latest answer. */
  readonly info: BackupVersionInfo
}

/** A version as it was read, as far as the engine's algorithms understand it. */
export type SeenVersion =
  | { readonly kind: 'none' }
  /** With its X25519 public key, unpadded base64. */
  | { readonly kind: 'readable'; readonly info: BackupVersionInfo; readonly publicKey: string }
  | {
      readonly kind: 'unsupported_algorithm' | 'malformed_auth_data'
      readonly info: BackupVersionInfo
    }

/** The public key of a backup key, unpadded base64. */
export function publicKeyTextOf({ mode, key }: BackupKey): string {
  return mode === 'full' ? key.publicKey : encodeBase64(key.publicKey)
}
