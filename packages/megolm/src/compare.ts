/**
 * Comparing two copies of a session.
 *
 * An index is only claimed. Two copies are one session when their ratchets, advanced to the higher
 * index, are equal; then the lower index decrypts more.
 */
import { type Bytes, equalBytes } from '@roomkeys/crypto/bytes'
import { advance, MAX_INDEX, partOf } from './ratchet.ts'
import type { MegolmSession } from './session.ts'

/** How the first copy stands to the second. */
export type SessionComparison =
  /** Connected, at the same index. */
  | 'equal'
  /** Connected; the first one begins earlier. */
  | 'better'
  /** Connected; the first one begins later. */
  | 'worse'
  /** The same session id with ratchets that do not connect: one of them is false. */
  | 'conflicting'
  /** Two session ids. */
  | 'another_session'

/** Whether two ratchets at one index have the part in common. */
const isCommon = (part: number, first: Bytes, second: Bytes): boolean =>
  equalBytes(partOf(first, part), partOf(second, part))

/**
 * The index from which on two ratchets at one index are equal.
 *
 * Parts that differ come together when the part before them reseeds them: R3 at the next multiple of
 * 2^8, R2 of 2^16, R1 of 2^24. Nothing reseeds R0.
 */
function meetingIndex(index: number, first: Bytes, second: Bytes): number {
  const part = [0, 1, 2, 3].find((each) => !isCommon(each, first, second))
  if (part === undefined) return index
  const period = 2 ** ((4 - part) * 8)
  const next = (Math.floor(index / period) + 1) * period
  return next > MAX_INDEX ? Infinity : next
}

/**
 * The first index from which on two copies of a session are equal, at the earliest the higher of
 * their own; Infinity when there is none.
 */
export function agreementIndex(first: MegolmSession, second: MegolmSession): number {
  const index = Math.max(first.index, second.index)
  const a = advance(first.ratchet, first.index, index)
  const b = advance(second.ratchet, second.index, index)
  const meeting = meetingIndex(index, a.expose(), b.expose())
  a.destroy()
  b.destroy()
  return meeting
}

/** Whether two copies have one session id. */
export function areOfOneSession(first: MegolmSession, second: MegolmSession): boolean {
  return equalBytes(first.publicKey, second.publicKey)
}

/** Compares two copies of a session; how the first stands to the second. */
export function compareSessions(first: MegolmSession, second: MegolmSession): SessionComparison {
  if (!areOfOneSession(first, second)) return 'another_session'
  if (agreementIndex(first, second) > Math.max(first.index, second.index)) return 'conflicting'
  if (first.index === second.index) return 'equal'
  return first.index < second.index ? 'better' : 'worse'
}
