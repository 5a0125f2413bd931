/**
 * Base64 as Matrix writes it, in plain TypeScript: for platforms that have none for bytes, for short texts
 * where theirs costs more, and for saying what is wrong with a text that they do not read.
 */
import type { Bytes } from './bytes.ts'
import { CryptoError } from './errors.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const FOREIGN = 255

const codeOf = Uint8Array.from(ALPHABET, (character) => character.charCodeAt(0))
const valueOf = new Uint8Array(256).fill(FOREIGN)
codeOf.forEach((code, value) => (valueOf[code] = value))

const ascii = new TextDecoder('utf-8')

/** Encodes without padding. */
export function encodeBase64(bytes: Uint8Array): string {
  const codes = new Uint8Array(Math.ceil((bytes.length * 4) / 3))
  for (let from = 0, to = 0; from < bytes.length; from += 3, to += 4) {
    const group =
      ((bytes[from] ?? 0) << 16) | ((bytes[from + 1] ?? 0) << 8) | (bytes[from + 2] ?? 0)
    // The last group may be short; writes past the end of a typed array are dropped.
    codes[to] = codeOf[group >> 18] ?? 0
    codes[to + 1] = codeOf[(group >> 12) & 63] ?? 0
    codes[to + 2] = codeOf[(group >> 6) & 63] ?? 0
    codes[to + 3] = codeOf[group & 63] ?? 0
  }
  return ascii.decode(codes)
}

/** A text with the padding that completes it. */
export function padded(text: string): string {
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=')
}

/** The number of characters before the padding. */
function unpaddedLength(text: string): number {
  return text.length - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0)
}

/** The number of bytes of a text, if that is padded completely or not at all. */
export function byteLength(text: string): number {
  return Math.floor((unpaddedLength(text) * 3) / 4)
}

/** The bits of the last character that belong to no byte. */
export function strayBits(text: string): number {
  const length = unpaddedLength(text)
  const mask = [0, 0, 0b1111, 0b11][length % 4] ?? 0
  return (valueOf[text.charCodeAt(length - 1)] ?? 0) & mask
}

function assertLength(text: string): void {
  const length = unpaddedLength(text)
  const isPadded = length < text.length
  if ((isPadded && text.length % 4 !== 0) || length % 4 === 1)
    throw new CryptoError('base64_length', 'No base64 text has this length')
}

/** The value of a character; characters past 255 land on `undefined`. */
function valueAt(text: string, index: number): number {
  const value = valueOf[text.charCodeAt(index)] ?? FOREIGN
  if (value === FOREIGN)
    throw new CryptoError(
      'base64_character',
      `Character ${index + 1} is not of the base64 alphabet`,
    )
  return value
}

/**
 * Decodes text with or without padding.
 *
 * @throws CryptoError `base64_character`, `base64_length`, or `base64_trailing_bits` when the last
 * character carries bits that belong to no byte
 */
export function decodeBase64(text: string): Bytes {
  assertLength(text)
  const bytes = new Uint8Array(byteLength(text))
  let bits = 0
  let bitCount = 0
  let to = 0
  for (let from = 0, end = unpaddedLength(text); from < end; from++) {
    bits = (bits << 6) | valueAt(text, from)
    bitCount += 6
    if (bitCount < 8) continue
    bitCount -= 8
    bytes[to++] = bits >> bitCount
    bits &= (1 << bitCount) - 1
  }
  if (bits !== 0)
    throw new CryptoError('base64_trailing_bits', 'The last base64 character has stray bits')
  return bytes
}
