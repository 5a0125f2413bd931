/**
 * The text form of a 32-byte key, for people: what they know as a recovery key or security key.
 *
 * Prefix 0x8B 0x01, the key, and a parity byte that makes the XOR of all bytes 0; in base58, a space
 * after every fourth character. Backups and secret storage share the form, so the text does not say
 * which of the two a key is.
 *
 * @see https://spec.matrix.org/v1.19/appendices/#cryptographic-key-representation
 */
import { assertBytes, type Bytes } from './bytes.ts'
import { CryptoError } from './errors.ts'

/** Length of the key, in bytes. */
export const KEY_TEXT_KEY_LENGTH = 32

const PREFIX = Uint8Array.of(0x8b, 0x01)
const ENCODED_LENGTH = PREFIX.length + KEY_TEXT_KEY_LENGTH + 1
/** The prefix makes every encoding this long. */
const TEXT_LENGTH = 48
const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

function parityOf(bytes: Uint8Array): number {
  return bytes.reduce((parity, byte) => parity ^ byte, 0)
}

/** Base58 digits of a number in big-endian bytes; the prefix rules leading zeros out. */
function toBase58(bytes: Uint8Array): string {
  const digits = new Uint8Array(TEXT_LENGTH)
  for (const byte of bytes) {
    let carry = byte
    for (let i = TEXT_LENGTH - 1; i >= 0; i--) {
      carry += (digits[i] ?? 0) * 256
      digits[i] = carry % 58
      carry = Math.floor(carry / 58)
    }
  }
  return Array.from(digits, (digit) => BASE58[digit]).join('')
}

/** Big-endian bytes of base58 digits, or `null` when they do not fit. */
function fromBase58(digits: readonly number[]): Bytes | null {
  const bytes = new Uint8Array(ENCODED_LENGTH)
  for (const digit of digits) {
    let carry = digit
    for (let i = ENCODED_LENGTH - 1; i >= 0; i--) {
      carry += (bytes[i] ?? 0) * 58
      bytes[i] = carry % 256
      carry = Math.floor(carry / 256)
    }
    if (carry > 0) return null
  }
  return bytes
}

/** The text form of a 32-byte key, in groups of four characters. */
export function encodeKeyText(key: Uint8Array): string {
  assertBytes(key, KEY_TEXT_KEY_LENGTH, 'key')
  const encoded = new Uint8Array(ENCODED_LENGTH)
  encoded.set(PREFIX)
  encoded.set(key, PREFIX.length)
  encoded[ENCODED_LENGTH - 1] = parityOf(encoded)
  return toBase58(encoded).replace(/.{4}(?!$)/g, '$& ')
}

/** The digits of a text without its white space. */
function digitsOf(text: string): readonly number[] {
  const characters = Array.from(text.replace(/\s/gu, ''))
  return characters.map((character, index) => {
    const digit = BASE58.indexOf(character)
    if (digit >= 0) return digit
    // The position, not the character: it may be a piece of another secret.
    throw new CryptoError('key_text_character', `Character ${index + 1} of the key is not allowed`)
  })
}

/**
 * Reads the text form of a key. White space of any kind is ignored, wherever it stands.
 *
 * @returns the 32 bytes of the key
 * @throws CryptoError `key_text_character`, `key_text_length`, `key_text_prefix` or
 * `key_text_parity`: what kind of typo it is
 */
export function decodeKeyText(text: string): Bytes {
  const digits = digitsOf(text)
  if (digits.length !== TEXT_LENGTH)
    throw new CryptoError(
      'key_text_length',
      `The key has ${digits.length} characters, where ${TEXT_LENGTH} are expected`,
    )
  const bytes = fromBase58(digits)
  if (bytes === null || bytes[0] !== PREFIX[0] || bytes[1] !== PREFIX[1])
    throw new CryptoError('key_text_prefix', 'The beginning of the key is wrong')
  if (parityOf(bytes) !== 0)
    throw new CryptoError('key_text_parity', 'The key has a typo: its check byte does not match')
  return bytes.slice(PREFIX.length, -1)
}
