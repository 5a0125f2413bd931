/**
 * Whether a key is the one of a key description: 32 zero bytes, encrypted under the empty name, have
 * the description's MAC.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#msecret_storagev1aes-hmac-sha2
 */
import { AES_BLOCK_LENGTH, aesCtr } from '@roomkeys/crypto/aes'
import { decodeBase64 } from '@roomkeys/crypto/base64'
import { type Bytes, CryptoError, equalBytes } from '@roomkeys/crypto/bytes'
import { hmacSha256 } from '@roomkeys/crypto/hmac'
import { AES_HMAC_SHA2, type KeyDescription } from './schemas.ts'
import { deriveItemKeys, encryptBytes, type RandomOptions } from './secret.ts'

/** `unknown`: the description has no check, or one that cannot be read. */
export type KeyCheck = 'match' | 'mismatch' | 'unknown'

const ZEROS = new Uint8Array(32)

/**
 * Makes the check of a key: `iv` and `mac` of its description.
 *
 * @param storageKey - 32 bytes
 */
export function makeKeyCheck(
  storageKey: Uint8Array,
  options: RandomOptions = {},
): Required<Pick<KeyDescription, 'iv' | 'mac'>> {
  const { iv, mac } = encryptBytes(storageKey, { name: '', bytes: ZEROS }, options)
  return { iv, mac }
}

function decode(text: string | undefined): Bytes | null {
  if (text === undefined) return null
  try {
    return decodeBase64(text)
  } catch (error) {
    if (error instanceof CryptoError) return null
    throw error
  }
}

/**
 * Checks a key against the description of a storage key.
 *
 * @param storageKey - 32 bytes
 */
export function checkStorageKey(storageKey: Uint8Array, description: KeyDescription): KeyCheck {
  if (description.algorithm !== AES_HMAC_SHA2) return 'unknown'
  // Old clients wrote 32 bytes and used the first 16.
  const iv = decode(description.iv)?.slice(0, AES_BLOCK_LENGTH)
  const mac = decode(description.mac) ?? null
  if (iv?.length !== AES_BLOCK_LENGTH || mac === null) return 'unknown'
  const { aesKey, macKey } = deriveItemKeys(storageKey, '')
  const expected = hmacSha256(macKey, aesCtr({ key: aesKey, iv }, ZEROS))
  return equalBytes(expected, mac) ? 'match' : 'mismatch'
}
