/** The cipher of the curve25519 algorithms: AES-256-CBC under the keys of one entry. */
import { aesCbcDecrypt, aesCbcEncrypt } from '@roomkeys/crypto/aes'
import { assertBytes, type Bytes, CryptoError } from '@roomkeys/crypto/bytes'
import { type Agreement, X25519_KEY_LENGTH } from '@roomkeys/crypto/x25519'
import { BackupError, EntryError } from '../errors.ts'
import { deriveSessionKeys, type SessionKeys } from './session-keys.ts'

/**
 * The keys that an agreement gives for one entry.
 *
 * @throws BackupError `malformed_auth_data` when the backup's public key is of low order
 */
export function sealingKeys({ ephemeral, sharedSecret }: Agreement): SessionKeys {
  assertBytes(ephemeral, X25519_KEY_LENGTH, 'ephemeral')
  if (sharedSecret === null)
    throw new BackupError('malformed_auth_data', "The backup's public key is of low order")
  return deriveSessionKeys(assertBytes(sharedSecret, X25519_KEY_LENGTH, 'sharedSecret'))
}

/** Encrypts a plaintext. */
export function encryptPlaintext({ aesKey, iv }: SessionKeys, plaintext: Bytes): Bytes {
  return aesCbcEncrypt({ key: aesKey, iv }, plaintext)
}

/**
 * Decrypts a ciphertext; what authenticates it is checked before.
 *
 * @throws EntryError `bad_ciphertext`
 */
export function decryptCiphertext({ aesKey, iv }: SessionKeys, ciphertext: Bytes): Bytes {
  try {
    return aesCbcDecrypt({ key: aesKey, iv }, ciphertext)
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause
    throw new EntryError('bad_ciphertext', 'The ciphertext is damaged', { cause })
  }
}
