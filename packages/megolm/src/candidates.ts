/**
 * The copies of one session that a client holds. One, as a rule; several when copies conflict and
 * nothing says which is false. A message decides: the right one opens it.
 */
import {
  authenticatedFrom,
  authenticatedPart,
  type Candidate,
  compareCandidates,
  originsFrom,
  provenanceAt,
  withOrigins,
} from './candidate.ts'
import { agreementIndex, areOfOneSession } from './compare.ts'
import { MegolmError } from './errors.ts'
import { decrypt, type DecryptedMessage, type DecryptOptions } from './inbound.ts'
import type { Provenance } from './provenance.ts'

/** What became of a copy. */
export type MergeOutcome =
  /** The first copy of its session. */
  | 'added'
  /** Connected, and neither earlier nor of better origin. */
  | 'unchanged'
  /** It gave its index, its origin, or both. */
  | 'improved'
  /** It conflicts, and is kept beside what was there. */
  | 'kept_conflicting'
  /** It conflicts, and drove others out: it is authenticated, or of better origin when full. */
  | 'replaced'
  /** It conflicts, and is not kept: an authenticated copy is there, or too many others are. */
  | 'refused'

/** The copies after a merge, best origin first, and what became of the new one. */
export interface Merged {
  readonly candidates: readonly Candidate[]
  readonly outcome: MergeOutcome
}

/** Anyone can make copies that conflict; no more are kept. */
export const MAX_CANDIDATES = 8

/** A copy that is held, and from where on the new one agrees with it. */
interface Compared {
  readonly held: Candidate
  readonly agreement: number
}

function compared(held: Candidate, { session }: Candidate): Compared {
  if (!areOfOneSession(session, held.session))
    throw new MegolmError('another_session', 'The copies to merge are not of the same session')
  return { held, agreement: agreementIndex(session, held.session) }
}

/** Whether another copy is authenticated where the two disagree and this one is not. */
function isDisproved(candidate: Candidate, other: Candidate, agreement: number): boolean {
  const dispute = Math.max(authenticatedFrom(other), candidate.session.index)
  return dispute < Math.min(agreement, authenticatedFrom(candidate))
}

/** Whether the first copy holds all that the second one does. */
function isCovering(first: Candidate, second: Candidate, agreement: number): boolean {
  return first.session.index <= second.session.index && agreement <= second.session.index
}

/** The best origins first; the worst beyond the limit go, newest first. */
function settled(candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.toSorted(compareCandidates).slice(0, MAX_CANDIDATES)
}

const addTo = (held: readonly Candidate[], incoming: Candidate): readonly Candidate[] =>
  mergeCandidate(held, incoming).candidates

/** Of a copy that is disproved, the part that is authenticated remains. */
function mergeDisproved(held: readonly Candidate[], incoming: Candidate): Merged {
  const [part] = authenticatedPart(incoming)
  if (part === undefined) return { candidates: held, outcome: 'refused' }
  const merged = mergeCandidate(held, part)
  return merged.outcome === 'unchanged' ? { ...merged, outcome: 'refused' } : merged
}

/** A merge before its outcome is known. */
interface Joined {
  readonly held: readonly Candidate[]
  readonly incoming: Candidate
  readonly after: readonly Candidate[]
  readonly isConnected: boolean
}

function judged({ held, incoming, after, isConnected }: Joined): Merged {
  const isIn = ({ session }: Candidate): boolean => after.some((one) => one.session === session)
  if (after.length === held.length && held.every((one) => after.includes(one)))
    return { candidates: held, outcome: isConnected ? 'unchanged' : 'refused' }
  if (isConnected || !isIn(incoming)) return { candidates: after, outcome: 'improved' }
  return { candidates: after, outcome: held.every(isIn) ? 'kept_conflicting' : 'replaced' }
}

/** Joins a copy that stands: with those it connects to, against those that it disproves. */
function join(pairs: readonly Compared[], incoming: Candidate): Omit<Joined, 'held'> {
  const disproved = pairs.filter(({ held, agreement }) => isDisproved(held, incoming, agreement))
  const standing = pairs.filter((pair) => !disproved.includes(pair))
  const isHeld = standing.some(({ held, agreement }) => isCovering(held, incoming, agreement))
  const beside = standing.filter(
    ({ held, agreement }) => isHeld || !isCovering(incoming, held, agreement),
  )
  const kept = [...beside.map(({ held }) => held), ...(isHeld ? [] : [incoming])]
  const parts = disproved.flatMap(({ held }) => authenticatedPart(held))
  const isConnected = isHeld || beside.length < standing.length
  return { incoming, after: parts.reduce(addTo, settled(kept)), isConnected }
}

/**
 * Merges a copy into those that are held.
 *
 * Connected copies become one, from the lower index, with the origins of both, each from its own
 * index on. Where two disagree, at the later of their indices and where either becomes authenticated,
 * an authenticated copy wins over one that is not; otherwise both are kept. Index alone decides
 * nothing. Two origins as good as each other, from one index: the one that came first stays.
 *
 * @param held - the copies so far, or none
 * @throws MegolmError `another_session` when the copies are not of one session
 */
export function mergeCandidate(held: readonly Candidate[], incoming: Candidate): Merged {
  if (held.length === 0) return { candidates: [incoming], outcome: 'added' }
  const pairs = held.map((one) => compared(one, incoming))
  const newcomer = withOrigins(
    incoming,
    pairs.flatMap(({ held: one, agreement }) => originsFrom(one, agreement)),
  )
  if (pairs.some(({ held: one, agreement }) => isDisproved(newcomer, one, agreement)))
    return mergeDisproved(held, newcomer)
  const others = pairs.map(({ held: one, agreement }) => ({
    held: withOrigins(one, originsFrom(incoming, agreement)),
    agreement,
  }))
  return judged({ held, ...join(others, newcomer) })
}

/** A message that one of several copies decrypted. */
export interface DecryptedByCandidate extends DecryptedMessage {
  /** The copy that did. */
  readonly candidate: Candidate
  /** What vouches for that copy at the message's index. */
  readonly provenance: Provenance
  /** The copies that are still possible: without those whose MAC the message disproves. */
  readonly candidates: readonly Candidate[]
}

/** What one copy makes of a message. */
interface Attempt {
  readonly candidate: Candidate
  readonly decrypted?: Omit<DecryptedByCandidate, 'candidates'>
  readonly error?: MegolmError
}

function attempt(candidate: Candidate, text: string, options?: DecryptOptions): Attempt {
  try {
    const message = decrypt(candidate.session, text, options)
    const provenance = provenanceAt(candidate, message.index)
    if (provenance === null) throw new TypeError('A candidate has an origin from its own index')
    return { candidate, decrypted: { ...message, candidate, provenance } }
  } catch (error) {
    if (error instanceof MegolmError) return { candidate, error }
    throw error
  }
}

/**
 * Decrypts a message with whichever copy can.
 *
 * The message proves the copy that opened it from the message's index on, and nothing before that; of
 * who holds the session it proves nothing, so origins stay as they are. Copies that begin by then and
 * do not open it are disproved. A copy that begins after the message is not.
 *
 * @throws MegolmError of the first copy when none can; TypeError without copies
 */
export function decryptWithCandidates(
  held: readonly Candidate[],
  text: string,
  options?: DecryptOptions,
): DecryptedByCandidate {
  const attempts = held.map((candidate) => attempt(candidate, text, options))
  const candidates = attempts
    .filter(({ error }) => error?.code !== 'mac_mismatch')
    .map(({ candidate }) => candidate)
  for (const { decrypted } of attempts)
    if (decrypted !== undefined) return { ...decrypted, candidates }
  throw attempts[0]?.error ?? new TypeError('There is no copy of the session')
}
