/** Bytes: joining, comparing, UTF-8, randomness, and the assertion that public functions open with. */
import { CryptoError } from './errors.ts'

export { CryptoError } from './errors.ts'
export type { CryptoErrorCode } from './errors.ts'

/** Bytes that own their buffer: what every function here returns. */
export type Bytes = Uint8Array<ArrayBuffer>

/** A source of random bytes; a parameter where tests need known ones. */
export type RandomBytes = (length: number) => Bytes

/**
 * Checks an argument and returns it.
 *
 * @throws TypeError naming the argument when it is not bytes of that length
 */
export function assertBytes(value: Uint8Array, length: number, title: string): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new TypeError(`${title} must be a Uint8Array`)
  if (value.length !== length)
    throw new TypeError(`${title} must be ${length} bytes, got ${value.length}`)
  return value
}

/** Joins any number of byte arrays: pieces of others may be more than a call takes arguments. */
export function joinBytes(parts: readonly Uint8Array[]): Bytes {
  let length = 0
  for (const part of parts) length += part.length
  const joined = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

/** Joins a few byte arrays. */
export function concatBytes(...parts: readonly Uint8Array[]): Bytes {
  return joinBytes(parts)
}

/**
 * Compares in time that depends on the lengths alone. The one comparison for anything secret.
 *
 * @returns whether both hold the same bytes
 */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0)
  return difference === 0
}

/** Random bytes from the platform's generator. */
export function randomBytes(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length))
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The UTF-8 bytes of a text. */
export function utf8(text: string): Bytes {
  return encoder.encode(text)
}

/**
 * Reads bytes as UTF-8; a byte order mark is kept as the character that it is.
 *
 * @throws CryptoError `not_utf8`: damage is an error, never a replacement character
 */
export function fromUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch (cause) {
    throw new CryptoError('not_utf8', 'The bytes are not UTF-8', { cause })
  }
}
