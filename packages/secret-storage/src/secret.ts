/**
 * Encrypting and decrypting a secret.
 *
 * HKDF-SHA-256 of the storage key with the secret's name as info gives an AES-256-CTR key and an
 * HMAC-SHA-256 key; the MAC covers the ciphertext.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#msecret_storagev1aes-hmac-sha2
 */
import { AES_BLOCK_LENGTH, aesCtr } from '@roomkeys/crypto/aes'
import { decodeBase64, encodePaddedBase64 } from '@roomkeys/crypto/base64'
import {
  type Bytes,
  CryptoError,
  equalBytes,
  fromUtf8,
  randomBytes,
  type RandomBytes,
  utf8,
} from '@roomkeys/crypto/bytes'
import { hkdfSha256 } from '@roomkeys/crypto/hkdf'
import { hmacSha256 } from '@roomkeys/crypto/hmac'
import { parseWire, WireShapeError } from '@roomkeys/types'
import { SecretStorageError } from './errors.ts'
import { type EncryptedSecret, encryptedSecretSchema } from './schemas.ts'

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

/** A secret in the clear. */
export interface NamedSecret {
  /** The account data type that it is stored under. */
  readonly name: string
  readonly secret: string
}

/** Where initialisation vectors come from. */
export interface RandomOptions {
  /** The platform's generator when absent. */
  readonly random?: RandomBytes
}

/** The byte of an IV whose highest bit is bit 63. */
const BYTE_OF_BIT_63 = 8

/**
 * 16 random bytes with bit 63 cleared: AES-CTR of some platforms counts in the last 64 bits alone, and
 * must not come to their end.
 */
function randomIv(random: RandomBytes): Bytes {
  const iv = random(AES_BLOCK_LENGTH)
  iv[BYTE_OF_BIT_63] = (iv[BYTE_OF_BIT_63] ?? 0) & 0x7f
  return iv
}

/** Encrypts bytes under a name; base64 is padded, as other clients write it. */
export function encryptBytes(
  storageKey: Uint8Array,
  { name, bytes }: { readonly name: string; readonly bytes: Uint8Array },
  { random = randomBytes }: RandomOptions,
): EncryptedSecret {
  const { aesKey, macKey } = deriveItemKeys(storageKey, name)
  const iv = randomIv(random)
  const ciphertext = aesCtr({ key: aesKey, iv }, bytes)
  return {
    iv: encodePaddedBase64(iv),
    ciphertext: encodePaddedBase64(ciphertext),
    mac: encodePaddedBase64(hmacSha256(macKey, ciphertext)),
  }
}

/** UTF-8 has no lone surrogates: they would come back as another character. */
function wellFormed(text: string, title: string): string {
  if (/\p{Surrogate}/u.test(text)) throw new TypeError(`${title} must be well-formed text`)
  return text
}

/**
 * Encrypts a secret.
 *
 * @param storageKey - 32 bytes
 * @throws TypeError when name or secret have lone surrogates
 */
export function encryptSecret(
  storageKey: Uint8Array,
  { name, secret }: NamedSecret,
  options: RandomOptions = {},
): EncryptedSecret {
  const bytes = utf8(wellFormed(secret, 'secret'))
  return encryptBytes(storageKey, { name: wellFormed(name, 'name'), bytes }, options)
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
