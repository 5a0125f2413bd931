/**
 * The mark on sessions whose sender nobody vouches for (MSC4048). It is part of the plaintext, so what
 * it says is worth as much as the MAC of its entry.
 *
 * Read under either name in every backup: a mark that was overlooked would be a false promise.
 *
 * @see https://github.com/matrix-org/matrix-spec-proposals/pull/4048
 */
import type { BackedUpSessionData } from '@roomkeys/types'
import { STABLE_NAMES, UNSTABLE_NAMES } from './curve25519/names.ts'

/** Where an unauthenticated session came from. */
export type Unauthenticated =
  /** Not said, or in words that are not known here. */
  | 'm.undefined'
  /** From a v1 backup, without a valid `backup_mac`. */
  | 'm.legacy-v1'
  /** From a forward that was not trusted. */
  | 'm.forwarded_room_key'

const MARKS: readonly Unauthenticated[] = ['m.undefined', 'm.legacy-v1', 'm.forwarded_room_key']
const NAMES = [STABLE_NAMES.unauthenticated, UNSTABLE_NAMES.unauthenticated]

function namesIn(session: BackedUpSessionData): readonly string[] {
  return NAMES.filter((name) => Object.hasOwn(session, name))
}

/** The mark of a session record, or `null` when it claims to be authenticated. */
export function unauthenticatedOf(session: BackedUpSessionData): Unauthenticated | null {
  const [name] = namesIn(session)
  if (name === undefined) return null
  return MARKS.find((mark) => mark === session[name]) ?? 'm.undefined'
}

function withoutMarks(session: BackedUpSessionData): BackedUpSessionData {
  const kept = Object.entries(session).filter(([name]) => !NAMES.includes(name))
  // Only members that the type does not name are left out.
  return Object.fromEntries(kept) as BackedUpSessionData
}

/** How a record is marked. */
export interface Marking {
  /** The name of the mark's member. */
  readonly name: string
  /** `null`: the mark goes. `undefined`: it stays, in its own words, under this name. */
  readonly mark: Unauthenticated | null | undefined
}

/** A session record with a mark, or without one. */
export function withUnauthenticated(
  session: BackedUpSessionData,
  { name, mark }: Marking,
): BackedUpSessionData {
  const [present] = namesIn(session)
  if (mark === null) return present === undefined ? session : withoutMarks(session)
  if (mark !== undefined) return { ...withoutMarks(session), [name]: mark }
  if (present === undefined || present === name) return session
  return { ...withoutMarks(session), [name]: session[present] }
}
