/** SHA-256 of a whole message in one call, and HMAC made of that: OpenSSL without objects around it. */
import * as nodeCrypto from 'node:crypto'
import type { MacPlace } from './hkdf-blocks.ts'

const BLOCK = 64
const DIGEST = 32
const INNER_PAD = 0x36
const OUTER_PAD = 0x5c

/** Messages past this length gain nothing by the copy that one call takes. */
export const MAX_SHORT_MESSAGE = 1024

// Reused, because two buffers a MAC would cost as much as the MAC; overwritten after each.
const inner = new Uint8Array(BLOCK + MAX_SHORT_MESSAGE)
const outer = new Uint8Array(BLOCK + DIGEST)

/** Bun, Deno and others have `node:crypto` in parts. */
function oneShot(): ((data: Uint8Array) => string) | null {
  const { hash } = nodeCrypto as Partial<typeof nodeCrypto>
  if (hash === undefined) return null
  // A text, because a buffer would take three times as long.
  return (data) => hash('sha256', data, 'binary')
}

function withHash(data: Uint8Array): string {
  return nodeCrypto.createHash('sha256').update(data).digest('binary')
}

const sha256 = oneShot() ?? withHash

function writePads(key: Uint8Array): void {
  for (let i = 0; i < BLOCK; i++) {
    const byte = key[i] ?? 0
    inner[i] = byte ^ INNER_PAD
    outer[i] = byte ^ OUTER_PAD
  }
}

/** A key that is longer than a block is hashed first (RFC 2104). */
function shortKey(key: Uint8Array): Uint8Array {
  return key.length > BLOCK ? Buffer.from(sha256(key), 'latin1') : key
}

/** Writes a text whose characters are bytes. A buffer over a small array would move it off the heap. */
function writeText(text: string, into: Uint8Array, offset: number): void {
  const length = Math.min(text.length, into.length - offset)
  for (let i = 0; i < length; i++) into[offset + i] = text.charCodeAt(i)
}

/**
 * Writes the HMAC-SHA-256 of a message that is not longer than {@link MAX_SHORT_MESSAGE}: 32 bytes, or
 * as many as there is room for.
 */
export function writeShortMac(key: Uint8Array, message: Uint8Array, place: MacPlace): void {
  writePads(shortKey(key))
  inner.set(message, BLOCK)
  const end = BLOCK + message.length
  writeText(sha256(inner.subarray(0, end)), outer, BLOCK)
  writeText(sha256(outer), place.into, place.offset)
  inner.fill(0, 0, end)
  outer.fill(0)
}
