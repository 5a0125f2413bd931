/**
 * Where decryption keys are kept: secret storage, a keychain, a file.
 *
 * The specification has one place for one key and no version beside it, so that replacing a backup
 * overwrites the only stored copy of its key. A vault keeps superseded keys until they are forgotten.
 */
import type { DecryptionKey } from '../decryption-key.ts'
import type { ApiCallOptions } from './room-keys-api.ts'

/** A vault. All operations may be repeated. */
export interface SecretVault {
  /** The key that is stored as the backup's, or `null`. */
  readonly current: (options?: ApiCallOptions) => Promise<DecryptionKey | null>
  /** A kept key by its public key (unpadded base64), current or not, or `null`. */
  readonly find: (publicKey: string, options?: ApiCallOptions) => Promise<DecryptionKey | null>
  /** Keeps a key beside the current one; it is durable when this resolves. */
  readonly keep: (key: DecryptionKey, options?: ApiCallOptions) => Promise<void>
  /** Makes a key the current one; the one before it stays kept. */
  readonly makeCurrent: (key: DecryptionKey, options?: ApiCallOptions) => Promise<void>
  /** Forgets a kept key that is not the current one; one that is not kept is no error. */
  readonly forget: (publicKey: string, options?: ApiCallOptions) => Promise<void>
}
