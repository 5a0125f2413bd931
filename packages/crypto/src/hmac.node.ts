/** HMAC with SHA-256 (RFC 2104), by OpenSSL: for Node, Bun and Deno. */
import { createHash, createHmac, type Hash } from 'node:crypto'
import type { Bytes } from './bytes.ts'
import { MAX_SHORT_MESSAGE, writeShortMac } from './digest.node.ts'
import type { MacPlace } from './hkdf-blocks.ts'
import type { IncrementalHmac } from './hmac.ts'

export type { IncrementalHmac } from './hmac.ts'

const BLOCK = 64
const MAC_LENGTH = 32

/** Writes the MAC: 32 bytes, or as many as there is room for. */
export function writeMac(key: Uint8Array, message: Uint8Array, place: MacPlace): void {
  if (message.length <= MAX_SHORT_MESSAGE) writeShortMac(key, message, place)
  else {
    const { into, offset } = place
    const mac = createHmac('sha256', key).update(message).digest()
    into.set(mac.subarray(0, into.length - offset), offset)
  }
}

/** The whole MAC, 32 bytes. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Bytes {
  const mac = new Uint8Array(MAC_LENGTH)
  writeMac(key, message, { into: mac, offset: 0 })
  return mac
}

/** A digest that has taken the key in, with a pad. */
function keyed(key: Uint8Array, pad: number): Hash {
  const short = key.length > BLOCK ? createHash('sha256').update(key).digest() : key
  const block = new Uint8Array(BLOCK)
  block.set(short)
  const state = createHash('sha256').update(block.map((byte) => byte ^ pad))
  block.fill(0)
  return state
}

/** Begins a MAC over bytes that come in pieces. */
export function incrementalHmacSha256(key: Uint8Array): IncrementalHmac {
  const [inner, outer] = [keyed(key, 0x36), keyed(key, 0x5c)]
  return {
    update: (bytes) => {
      inner.update(bytes)
    },
    tag: () => Uint8Array.from(outer.copy().update(inner.copy().digest()).digest()),
  }
}
