/** Which sessions of an export are wanted: predicates over entries. */
import type { ExportedSessionData } from '@roomkeys/types'

/** Whether a session is wanted. */
export type SessionPredicate = (session: ExportedSessionData) => boolean

/** Sessions of these rooms. */
export function inRooms(roomIds: Iterable<string>): SessionPredicate {
  const wanted = new Set(roomIds)
  return ({ room_id }) => wanted.has(room_id)
}

/** Sessions with these ids, in whatever room. */
export function withSessionIds(sessionIds: Iterable<string>): SessionPredicate {
  const wanted = new Set(sessionIds)
  return ({ session_id }) => wanted.has(session_id)
}
