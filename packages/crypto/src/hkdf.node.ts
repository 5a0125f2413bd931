/**
 * HKDF with SHA-256 (RFC 5869), by OpenSSL: for Node, Bun and Deno. Made of its digest, because its own
 * HKDF takes three times as long for what a backup entry needs.
 */
import type { Bytes } from './bytes.ts'
import { assertDerivable, expand, type HkdfParameters, NOTHING } from './hkdf-blocks.ts'
import { hmacSha256, writeMac } from './hmac.node.ts'

export type { HkdfParameters } from './hkdf-blocks.ts'

/** Derives key material from a secret. */
export function hkdfSha256(secret: Uint8Array, parameters: HkdfParameters): Bytes {
  const { salt = NOTHING, info = NOTHING, length } = parameters
  assertDerivable(length)
  const key = hmacSha256(salt, secret)
  const derived = expand(
    (message, place) => {
      writeMac(key, message, place)
    },
    info,
    length,
  )
  key.fill(0)
  return derived
}
