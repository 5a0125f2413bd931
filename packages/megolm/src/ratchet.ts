/**
 * The Megolm ratchet: four parts of 32 bytes, R0 to R3. R3 changes with every message, R2 with every
 * 2^8, R1 with every 2^16, R0 with every 2^24; a part that changes reseeds those after it.
 *
 * @see https://gitlab.matrix.org/matrix-org/olm/blob/master/docs/megolm.md#the-megolm-ratchet-algorithm
 */
import { assertBytes, type Bytes } from '@roomkeys/crypto/bytes'
import { hmacSha256 } from '@roomkeys/crypto/hmac'
import { SecretBytes } from '@roomkeys/crypto/secret'
import { MegolmError } from './errors.ts'

const PARTS = 4
const PART_LENGTH = 32
/** Length of R0 to R3 together, in bytes. */
export const RATCHET_LENGTH: number = PARTS * PART_LENGTH
/** The last message index of a session. */
export const MAX_INDEX = 0xffffffff

/** A part of the ratchet, 0 to 3; a view, no copy. */
export const partOf = (ratchet: Bytes, part: number): Bytes =>
  ratchet.subarray(part * PART_LENGTH, (part + 1) * PART_LENGTH)

/** Rehashes one part into another, or into itself. */
function rehash(ratchet: Bytes, from: number, to: number): void {
  const hash = hmacSha256(partOf(ratchet, from), Uint8Array.of(to))
  partOf(ratchet, to).set(hash)
  hash.fill(0)
}

/** Steps one part that often; its last step reseeds the parts after it. */
function stepPart(ratchet: Bytes, part: number, steps: number): void {
  for (let step = 1; step < steps; step++) rehash(ratchet, part, part)
  for (let to = PARTS - 1; to >= part; to--) rehash(ratchet, part, to)
}

/** Advances in place. A part that a higher one reseeded counts its own steps from there. */
function advanceInPlace(ratchet: Bytes, from: number, to: number): void {
  let index = from
  for (let part = 0; part < PARTS; part++) {
    const shift = (PARTS - 1 - part) * 8
    const steps = (to >>> shift) - (index >>> shift)
    if (steps === 0) continue
    stepPart(ratchet, part, steps)
    index = (to >>> shift) << shift
  }
}

/** @throws TypeError when it is no message index */
function assertIndex(index: number): void {
  if (!Number.isInteger(index) || index < 0 || index > MAX_INDEX)
    throw new TypeError('A message index must be an integer from 0 to 2^32 - 1')
}

/**
 * Checks that a ratchet at the one index reaches the other.
 *
 * @throws MegolmError `index_before_session`
 */
export function assertReaches(from: number, to: number): void {
  if (to < from)
    throw new MegolmError(
      'index_before_session',
      `Index ${to} lies before the session's first known index, ${from}`,
    )
}

/**
 * The ratchet at a later index, as a copy. However far it is, a part takes at most 255 steps.
 *
 * @param ratchet - 128 bytes
 * @throws MegolmError `index_before_session` when `to` lies before `from`: the way back would be the
 * inverse of a hash
 */
export function advance(ratchet: SecretBytes, from: number, to: number): SecretBytes {
  assertIndex(from)
  assertIndex(to)
  assertReaches(from, to)
  const working = Uint8Array.from(assertBytes(ratchet.expose(), RATCHET_LENGTH, 'ratchet'))
  advanceInPlace(working, from, to)
  const advanced = new SecretBytes(working)
  working.fill(0)
  return advanced
}
