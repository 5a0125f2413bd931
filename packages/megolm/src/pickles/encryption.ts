/**
 * The encryption of a pickle, which libolm and vodozemac share.
 *
 * HKDF-SHA-256 of the pickle key with the info "Pickle" gives an AES key (32 bytes), a MAC key (32) and
 * an IV (16). AES-256-CBC, then the first 8 bytes of HMAC-SHA-256 over the ciphertext; unpadded base64.
 */
import { AES_BLOCK_LENGTH, aesCbcDecrypt } from '@roomkeys/crypto/aes'
import { decodeBase64 } from '@roomkeys/crypto/base64'
import { type Bytes, CryptoError, equalBytes, utf8 } from '@roomkeys/crypto/bytes'
import { hkdfSha256 } from '@roomkeys/crypto/hkdf'
import { hmacSha256 } from '@roomkeys/crypto/hmac'
import { PickleError } from './errors.ts'

const MAC_LENGTH = 8
const KEY_LENGTH = 32
const INFO = utf8('Pickle')

/** The longest pickle that is read, in characters; that of a session has about a thousand. */
export const MAX_PICKLE_LENGTH = 65_536

interface PickleKeys {
  readonly aesKey: Uint8Array
  readonly macKey: Uint8Array
  readonly iv: Uint8Array
}

function deriveKeys(pickleKey: Uint8Array): PickleKeys {
  const derived = hkdfSha256(pickleKey, { info: INFO, length: 2 * KEY_LENGTH + AES_BLOCK_LENGTH })
  return {
    aesKey: derived.subarray(0, KEY_LENGTH),
    macKey: derived.subarray(KEY_LENGTH, 2 * KEY_LENGTH),
    iv: derived.subarray(2 * KEY_LENGTH),
  }
}

function decode(pickle: string): Bytes {
  if (pickle.length > MAX_PICKLE_LENGTH)
    throw new PickleError('bad_length', `The pickle is longer than ${MAX_PICKLE_LENGTH} characters`)
  try {
    return decodeBase64(pickle)
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause
    throw new PickleError('bad_base64', `The pickle is not base64: ${cause.message}`, { cause })
  }
}

function decrypt(ciphertext: Bytes, { aesKey, iv }: PickleKeys): Bytes {
  try {
    return aesCbcDecrypt({ key: aesKey, iv }, ciphertext)
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause
    throw new PickleError('malformed', 'The pickle was not encrypted as a pickle is', { cause })
  }
}

/**
 * Checks and decrypts a pickle.
 *
 * @throws PickleError `bad_base64`, `bad_length`, `wrong_key`, or `malformed` where the MAC is right
 * and the padding is not
 */
export function openPickle(pickle: string, pickleKey: Uint8Array): Bytes {
  const bytes = decode(pickle)
  if (bytes.length < AES_BLOCK_LENGTH + MAC_LENGTH)
    throw new PickleError('bad_length', 'The pickle is too short: most of it is missing')
  const ciphertext = bytes.slice(0, -MAC_LENGTH)
  const keys = deriveKeys(pickleKey)
  const mac = hmacSha256(keys.macKey, ciphertext).subarray(0, MAC_LENGTH)
  if (!equalBytes(mac, bytes.subarray(-MAC_LENGTH)))
    throw new PickleError('wrong_key', 'The pickle key is wrong, or the pickle is damaged')
  return decrypt(ciphertext, keys)
}
