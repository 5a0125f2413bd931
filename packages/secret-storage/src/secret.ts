/**
 * Decrypting a secret.
 *
 * HKDF-SHA-256 of the storage key with the secret's name as info gives an AES-256-CTR key and an
 * HMAC-SHA-256 key; the MAC covers the ciphertext.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#msecret_storagev1aes-hmac-sha2
 */
import { AES_BLOCK_LENGTH, aesCtr } from '@roomkeys/crypto/aes'
import { decodeBase64 } from '@roomkeys/crypto/base64'
import { type Bytes, CryptoError, equalBytes, fromUtf8, utf8 } from '@roomkeys/crypto/bytes'
import { hkdfSha256 } from '@roomkeys/crypto/hkdf'
import { hmacSha256 } from '@roomkeys/crypto/hmac'
import { parseWire, WireShapeError } from '@roomkeys/types'
import { SecretStorageError } from './errors.ts'
import { encryptedSecretSchema } from './schemas.ts'

/** The two keys of one secret, 32 bytes each. */
export interface ItemKeys {
  readonly aesKey: Bytes
  readonly macKey: Bytes
}

/** Derives the keys of the secret with this name from a storage key. */
export function deriveItemKeys(storageKey: Uint8Array, name: string): ItemKeys {
  const derived = hkdfSha256(storageKey, { info: utf8(name), length: 64 })
  return { aesKey: derived.subarray(0, 32), macKey: derived.subarray(32) }
}

interface DecodedSecret {
  readonly iv: Bytes
  readonly ciphertext: Bytes
  readonly mac: Bytes
}

function decodeSecret(encrypted: unknown): DecodedSecret {
  try {
    const { iv, ciphertext, mac } = parseWire(encryptedSecretSchema, encrypted, 'the secret')
    return {
      // Old clients wrote 32 bytes and used the first 16.
      iv: decodeBase64(iv).slice(0, AES_BLOCK_LENGTH),
      ciphertext: decodeBase64(ciphertext),
      mac: decodeBase64(mac),
    }
  } catch (cause) {
    if (!(cause instanceof WireShapeError || cause instanceof CryptoError)) throw cause
    throw new SecretStorageError('malformed_secret', cause.message, { cause })
  }
}

/** The MAC does not cover the IV: with another one, the text is noise. */
function readText(plaintext: Bytes, name: string): string {
  try {
    return fromUtf8(plaintext)
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause
    throw new SecretStorageError('malformed_secret', `The secret ${name} is not text`, { cause })
  }
}

/**
 * Decrypts a secret.
 *
 * @param storageKey - 32 bytes
 * @param name - the account data type that it is stored under
 * @throws SecretStorageError `malformed_secret` or `mac_mismatch`
 */
export function decryptSecret(storageKey: Uint8Array, name: string, encrypted: unknown): string {
  const { iv, ciphertext, mac } = decodeSecret(encrypted)
  const { aesKey, macKey } = deriveItemKeys(storageKey, name)
  if (!equalBytes(hmacSha256(macKey, ciphertext), mac))
    throw new SecretStorageError('mac_mismatch', `The secret ${name} is not stored under this key`)
  if (iv.length !== AES_BLOCK_LENGTH)
    throw new SecretStorageError('malformed_secret', `The secret ${name} has a short iv`)
  return readText(aesCtr({ key: aesKey, iv }, ciphertext), name)
}
