/**
 * Base64 as Matrix writes it, by the platform: for Node, Bun and Deno.
 *
 * The platform's reader is lenient. What it reads is therefore written again, and counts only if that
 * gives the same text; anything else goes to the strict reader, which says what is wrong.
 *
 * @see https://spec.matrix.org/v1.19/appendices/#unpadded-base64
 */
import { byteLength, decodeBase64 as decodeStrictly } from './base64-strict.ts'
import type { Bytes } from './bytes.ts'

/** Small arrays live on the heap, and a buffer over one would move it off: that costs more than it gains. */
const SMALL = 64
const small = Buffer.alloc(SMALL)

function bufferOver({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

function encodeSmall(bytes: Uint8Array): string {
  small.set(bytes)
  const text = small.toString('base64', 0, bytes.length)
  small.fill(0)
  return text
}

/** Encodes with padding, for the few places whose readers insist on it. */
export function encodePaddedBase64(bytes: Uint8Array): string {
  return bytes.length <= SMALL ? encodeSmall(bytes) : bufferOver(bytes).toString('base64')
}

/** Encodes without padding. */
export function encodeBase64(bytes: Uint8Array): string {
  return encodePaddedBase64(bytes).slice(0, Math.ceil((bytes.length * 4) / 3))
}

/**
 * Decodes text with or without padding.
 *
 * @throws CryptoError `base64_character`, `base64_length`, or `base64_trailing_bits` when the last
 * character carries bits that belong to no byte
 */
export function decodeBase64(text: string): Bytes {
  if (text.length <= SMALL) return decodeStrictly(text)
  const bytes = new Uint8Array(byteLength(text))
  const view = bufferOver(bytes)
  view.write(text, 'base64')
  const again = view.toString('base64')
  const isExact = again === text || again.slice(0, Math.ceil((bytes.length * 4) / 3)) === text
  return isExact ? bytes : decodeStrictly(text)
}
