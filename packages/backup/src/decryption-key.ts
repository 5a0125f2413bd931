/**
 * The decryption key of a backup. People know its text form as the recovery key.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#recovery-key
 */
import { encodeBase64 } from '@roomkeys/crypto/base64'
import { assertBytes, randomBytes, type RandomBytes } from '@roomkeys/crypto/bytes'
import { decodeKeyText, encodeKeyText } from '@roomkeys/crypto/key-text'
import { SecretBytes } from '@roomkeys/crypto/secret'
import { X25519_KEY_LENGTH, x25519PublicKey } from '@roomkeys/crypto/x25519'

/** A decryption key with the public key that entries are encrypted to. */
export interface DecryptionKey {
  /** X25519 private key, 32 bytes. */
  readonly privateKey: SecretBytes
  /** X25519 public key, unpadded base64. */
  readonly publicKey: string
}

/**
 * The decryption key with these bytes.
 *
 * @param privateKey - 32 bytes; copied
 */
export function decryptionKeyFromBytes(privateKey: Uint8Array): DecryptionKey {
  assertBytes(privateKey, X25519_KEY_LENGTH, 'privateKey')
  return {
    privateKey: new SecretBytes(privateKey),
    publicKey: encodeBase64(x25519PublicKey(privateKey)),
  }
}

/** A new decryption key. */
export function generateDecryptionKey(random: RandomBytes = randomBytes): DecryptionKey {
  return decryptionKeyFromBytes(random(X25519_KEY_LENGTH))
}

/** The text form that a person writes down. */
export function encodeDecryptionKey(key: DecryptionKey): string {
  return encodeKeyText(key.privateKey.expose())
}

/**
 * Reads the text form.
 *
 * @throws CryptoError `key_text_character`, `key_text_length`, `key_text_prefix` or
 * `key_text_parity`: what kind of typo it is
 */
export function decodeDecryptionKey(text: string): DecryptionKey {
  return decryptionKeyFromBytes(decodeKeyText(text))
}
