/**
 * Base64 as Matrix writes it: the standard alphabet without padding.
 *
 * Reading accepts padding, and nothing else that departs: every text has one reading and every
 * byte string one unpadded text.
 *
 * Later browsers have it for bytes, and read leniently, past white space and stray bits. What they read
 * counts only if it is all that a text of that length holds; anything else goes to the strict reader, which
 * says what is wrong. Node has a module of its own, chosen by the `node` condition.
 *
 * @see https://spec.matrix.org/v1.19/appendices/#unpadded-base64
 */
import {
  byteLength,
  decodeBase64 as decodeStrictly,
  encodeBase64 as encodePlainly,
  padded,
  strayBits,
} from './base64-strict.ts'
import type { Bytes } from './bytes.ts'

/** How far a text was read, in characters, and how many bytes that gave. */
interface Progress {
  readonly read: number
  readonly written: number
}

/** What bytes can do on later platforms. */
interface PlatformBytes {
  readonly toBase64?: (options: { readonly omitPadding: boolean }) => string
  readonly setFromBase64?: (text: string) => Progress
}

/** Encodes without padding. */
export function encodeBase64(bytes: Uint8Array & PlatformBytes): string {
  return bytes.toBase64?.({ omitPadding: true }) ?? encodePlainly(bytes)
}

/** Encodes with padding, for the few places whose readers insist on it. */
export function encodePaddedBase64(bytes: Uint8Array): string {
  return padded(encodeBase64(bytes))
}

/** The bytes as the platform reads them, or `null` where it cannot, or not exactly. */
function readByPlatform(text: string): Bytes | null {
  // With white space a text gives fewer bytes than its length says, but for a single one at this length.
  if (text.length % 4 === 1 || strayBits(text) !== 0) return null
  const bytes: Bytes & PlatformBytes = new Uint8Array(byteLength(text))
  try {
    const progress = bytes.setFromBase64?.(text)
    return progress?.read === text.length && progress.written === bytes.length ? bytes : null
  } catch {
    // The strict reader says what is wrong.
    return null
  }
}

/**
 * Decodes text with or without padding.
 *
 * @throws CryptoError `base64_character`, `base64_length`, or `base64_trailing_bits` when the last
 * character carries bits that belong to no byte
 */
export function decodeBase64(text: string): Bytes {
  return readByPlatform(text) ?? decodeStrictly(text)
}
