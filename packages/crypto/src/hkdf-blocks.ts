/** What both ways to HKDF take and refuse, and its blocks (RFC 5869, section 2.3). */
import type { Bytes } from './bytes.ts'

/** What HKDF takes besides the key material. */
export interface HkdfParameters {
  /** Absent: 32 zero bytes. */
  readonly salt?: Uint8Array
  /** Absent: empty. */
  readonly info?: Uint8Array
  /** Output length in bytes. */
  readonly length: number
}

/** Where a MAC goes: 32 bytes, or as many as there is room for. */
export interface MacPlace {
  readonly into: Uint8Array
  readonly offset: number
}

/** Length of a block, in bytes. */
const BLOCK = 32
/** The counter of the blocks is one byte. */
const MAX_BLOCKS = 255

/** No info. */
export const NOTHING: Uint8Array = /* @__PURE__ */ new Uint8Array()

/**
 * Checks how much is to be derived.
 *
 * @throws RangeError
 */
export function assertDerivable(length: number): void {
  if (!Number.isSafeInteger(length) || length < 0 || length > MAX_BLOCKS * BLOCK)
    throw new RangeError(`HKDF derives 0 to ${MAX_BLOCKS * BLOCK} bytes`)
}

/** The blocks, one after the other, each of the one before; by MACs under the pseudorandom key. */
export function expand(
  writeMac: (message: Uint8Array, place: MacPlace) => void,
  info: Uint8Array,
  length: number,
): Bytes {
  const derived = new Uint8Array(length)
  const message = new Uint8Array(BLOCK + info.length + 1)
  message.set(info, BLOCK)
  for (let offset = 0; offset < length; offset += BLOCK) {
    message[message.length - 1] = offset / BLOCK + 1
    const covered = offset === 0 ? message.subarray(BLOCK) : message
    writeMac(covered, { into: derived, offset })
    message.set(derived.subarray(offset, offset + BLOCK))
  }
  message.fill(0)
  return derived
}
