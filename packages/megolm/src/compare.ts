/**
 * Comparing two copies of a session.
 *
 * An index is only claimed. Two copies are one session when their ratchets, advanced to the higher
 * index, are equal; then the lower index decrypts more.
 */
import { equalBytes } from '@roomkeys/crypto/bytes'
import { advance } from './ratchet.ts'
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

function areConnected(first: MegolmSession, second: MegolmSession): boolean {
  const index = Math.max(first.index, second.index)
  const a = advance(first.ratchet, first.index, index)
  const b = advance(second.ratchet, second.index, index)
  const equal = equalBytes(a.expose(), b.expose())
  a.destroy()
  b.destroy()
  return equal
}

/** Compares two copies of a session; how the first stands to the second. */
export function compareSessions(first: MegolmSession, second: MegolmSession): SessionComparison {
  if (!equalBytes(first.publicKey, second.publicKey)) return 'another_session'
  if (!areConnected(first, second)) return 'conflicting'
  if (first.index === second.index) return 'equal'
  return first.index < second.index ? 'better' : 'worse'
}
