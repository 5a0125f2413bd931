/** What writing to a backup takes; it opens nothing. */
import { decodeBase64 } from '@roomkeys/crypto/base64'
import { assertBytes, type Bytes } from '@roomkeys/crypto/bytes'
import type { SecretBytes } from '@roomkeys/crypto/secret'
import type { Curve25519AuthData } from '@roomkeys/types'
import { publicKeyOf } from './curve25519/auth-data.ts'
import type { DecryptionKey } from './decryption-key.ts'
import { backupMacKey, MAC_KEY_LENGTH } from './mac-key.ts'

/** The keys that entries are written with. */
export interface EncryptionKey {
  /** X25519 public key that entries are encrypted to, 32 bytes. */
  readonly publicKey: Bytes
  /** Authenticates entries (MSC4048). `null`: not known, so that v1 alone can be written, plainly. */
  readonly macKey: SecretBytes | null
}

/** The encryption key of a decryption key: with its MAC key, so that v1 entries carry both MACs. */
export function encryptionKeyOf(key: DecryptionKey): EncryptionKey {
  return { publicKey: decodeBase64(key.publicKey), macKey: backupMacKey(key) }
}

/**
 * The encryption key of whoever cannot read the backup: its public key, and the MAC key if that was
 * shared. Whether `auth_data` is to be trusted is for the caller to have decided.
 *
 * @throws BackupError `malformed_auth_data`
 */
export function encryptionKeyFor(
  authData: Curve25519AuthData,
  macKey: SecretBytes | null,
): EncryptionKey {
  if (macKey !== null) assertBytes(macKey.expose(), MAC_KEY_LENGTH, 'macKey')
  return { publicKey: publicKeyOf(authData), macKey }
}
