/**
 * HKDF with SHA-256 (RFC 5869), by OpenSSL: for Node, Bun and Deno. Made of its digest, because its own
 * HKDF takes three times as long for what a backup entry needs.
 */
import type { Bytes } from './bytes.ts'
import type { HkdfParameters } from './hkdf.ts'
import { hmacSha256, writeMac } from './hmac.node.ts'

export type { HkdfParameters } from './hkdf.ts'

const BLOCK = 32
/** The counter of the blocks is one byte. */
const MAX_BLOCKS = 255
const NO_SALT = new Uint8Array(BLOCK)
const NO_INFO = new Uint8Array()

function assertLength(length: number): void {
  if (!Number.isSafeInteger(length) || length < 0 || length > MAX_BLOCKS * BLOCK)
    throw new RangeError(`HKDF derives 0 to ${MAX_BLOCKS * BLOCK} bytes`)
}

/** The blocks, one after the other, each of the one before (section 2.3). */
function expand(key: Uint8Array, info: Uint8Array, length: number): Bytes {
  const derived = new Uint8Array(length)
  const message = new Uint8Array(BLOCK + info.length + 1)
  message.set(info, BLOCK)
  for (let offset = 0; offset < length; offset += BLOCK) {
    message[message.length - 1] = offset / BLOCK + 1
    const covered = offset === 0 ? message.subarray(BLOCK) : message
    writeMac(key, covered, { into: derived, offset })
    message.set(derived.subarray(offset, offset + BLOCK))
  }
  message.fill(0)
  return derived
}

/** Derives key material from a secret. */
export function hkdfSha256(secret: Uint8Array, parameters: HkdfParameters): Bytes {
  const { salt = NO_SALT, info = NO_INFO, length } = parameters
  assertLength(length)
  const key = hmacSha256(salt, secret)
  const derived = expand(key, info, length)
  key.fill(0)
  return derived
}
