/**
 * The copies of one session that a client holds. One, as a rule; several when copies conflict and
 * nothing says which is false. A message decides: the right one opens it.
 */
import { compareSessions, type SessionComparison } from './compare.ts'
import { MegolmError } from './errors.ts'
import { decrypt, type DecryptedMessage, type DecryptOptions } from './inbound.ts'
import { compareProvenance, isAuthenticated, type Provenance } from './provenance.ts'
import type { MegolmSession } from './session.ts'

/** A copy of a session with its origin. */
export interface Candidate {
  readonly session: MegolmSession
  readonly provenance: Provenance
}

/** What became of a copy. */
export type MergeOutcome =
  /** The first copy of its session. */
  | 'added'
  /** Connected, and neither earlier nor of better origin. */
  | 'unchanged'
  /** Connected, and it gave its index, its origin, or both. */
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

interface Compared {
  readonly held: Candidate
  readonly comparison: SessionComparison
}

function compared(held: Candidate, { session }: Candidate): Compared {
  const comparison = compareSessions(session, held.session)
  if (comparison === 'another_session')
    throw new MegolmError('another_session', 'The copies to merge are not of the same session')
  return { held, comparison }
}

/** The lower index and the better origin, each on its own; the held one itself if both are its own. */
function joined({ held, comparison }: Compared, incoming: Candidate): Candidate {
  if (comparison === 'conflicting') return held
  const isEarlier = comparison === 'better'
  const isOfBetterOrigin = compareProvenance(incoming.provenance, held.provenance) < 0
  if (!isEarlier && !isOfBetterOrigin) return held
  return {
    session: (isEarlier ? incoming : held).session,
    provenance: (isOfBetterOrigin ? incoming : held).provenance,
  }
}

/** Authenticated copies drive out the others; the worst origins beyond the limit go, newest first. */
function settled(candidates: readonly Candidate[]): readonly Candidate[] {
  const authenticated = candidates.filter(({ provenance }) => isAuthenticated(provenance))
  return (authenticated.length > 0 ? authenticated : candidates)
    .toSorted((a, b) => compareProvenance(a.provenance, b.provenance))
    .slice(0, MAX_CANDIDATES)
}

function addConflicting(held: readonly Candidate[], incoming: Candidate): Merged {
  const candidates = settled([...held, incoming])
  if (!candidates.includes(incoming)) return { candidates: held, outcome: 'refused' }
  const isBeside = held.every((candidate) => candidates.includes(candidate))
  return { candidates, outcome: isBeside ? 'kept_conflicting' : 'replaced' }
}

/**
 * Merges a copy into those that are held.
 *
 * Connected copies become one, of the lower index and the better origin. Of conflicting ones an
 * authenticated copy wins over those that are not; otherwise both are kept. Index alone decides
 * nothing.
 *
 * @param held - the copies so far, or none
 * @throws MegolmError `another_session` when the copies are not of one session
 */
export function mergeCandidate(held: readonly Candidate[], incoming: Candidate): Merged {
  if (held.length === 0) return { candidates: [incoming], outcome: 'added' }
  const all = held.map((candidate) => compared(candidate, incoming))
  if (all.every(({ comparison }) => comparison === 'conflicting'))
    return addConflicting(held, incoming)
  const merged = all.map((one) => joined(one, incoming))
  if (merged.every((candidate, position) => candidate === held[position]))
    return { candidates: held, outcome: 'unchanged' }
  return { candidates: settled(merged), outcome: 'improved' }
}

/** A message that one of several copies decrypted. */
export interface DecryptedByCandidate extends DecryptedMessage {
  /** The copy that did. */
  readonly candidate: Candidate
  /** The copies that are still possible: without those whose MAC the message disproves. */
  readonly candidates: readonly Candidate[]
}

/** What one copy makes of a message. */
interface Attempt {
  readonly candidate: Candidate
  readonly decrypted?: DecryptedMessage
  readonly error?: MegolmError
}

function attempt(candidate: Candidate, text: string, options?: DecryptOptions): Attempt {
  try {
    return { candidate, decrypted: decrypt(candidate.session, text, options) }
  } catch (error) {
    if (error instanceof MegolmError) return { candidate, error }
    throw error
  }
}

/**
 * Decrypts a message with whichever copy can. A copy that begins after the message is not disproved.
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
  for (const { candidate, decrypted } of attempts)
    if (decrypted !== undefined) return { ...decrypted, candidate, candidates }
  throw attempts[0]?.error ?? new TypeError('There is no copy of the session')
}
