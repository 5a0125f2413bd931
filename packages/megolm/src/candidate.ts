/**
 * One copy of a session, with what vouches for it.
 *
 * A ratchet only goes forward: whoever vouches for it at an index vouches for all that follows, and
 * for nothing before. So an origin counts from its own index on, not for the copy as a whole.
 */
import { advanceTo } from './inbound.ts'
import { compareProvenance, isAuthenticated, type Provenance, rankOf } from './provenance.ts'
import type { MegolmSession } from './session.ts'

/** What vouches for a copy, and from where. */
export interface Origin {
  /** The first index that it vouches for. */
  readonly fromIndex: number
  readonly provenance: Provenance
}

/** A copy of a session with its origins. */
export interface Candidate {
  readonly session: MegolmSession
  /**
   * By ascending index, each one better than those before it, so six at most. The first one is from
   * the session's own index.
   */
  readonly origins: readonly Origin[]
}

/** A copy as it came: one origin, for all of it. */
export function candidateOf(session: MegolmSession, provenance: Provenance): Candidate {
  return { session, origins: [{ fromIndex: session.index, provenance }] }
}

/** The best origin of a copy at an index; null before the copy begins. */
export function provenanceAt({ origins }: Candidate, index: number): Provenance | null {
  return origins.findLast(({ fromIndex }) => fromIndex <= index)?.provenance ?? null
}

/** The index from which on a copy is authenticated; Infinity when it is not. */
export function authenticatedFrom({ origins }: Candidate): number {
  const first = origins.find(({ provenance }) => isAuthenticated(provenance))
  return first?.fromIndex ?? Infinity
}

/** The ranks of all origins, best first, as a text. */
const ranksOf = ({ origins }: Candidate): string =>
  String(origins.map(({ provenance }) => rankOf(provenance)).toReversed())

/** Compares as a sort does: by the best origins, then by the next best; who has no next is first. */
export function compareCandidates(first: Candidate, second: Candidate): number {
  const [a, b] = [ranksOf(first), ranksOf(second)]
  return Number(a > b) - Number(a < b)
}

/** What vouches for a copy from the index on from which it agrees with another. */
export function originsFrom({ origins }: Candidate, index: number): readonly Origin[] {
  if (index === Infinity) return []
  return origins.map((origin) =>
    origin.fromIndex < index ? { ...origin, fromIndex: index } : origin,
  )
}

/** The copy with more origins; the copy itself when they say nothing better of it. */
export function withOrigins(candidate: Candidate, more: readonly Origin[]): Candidate {
  const origins = [...candidate.origins, ...more]
    .toSorted((a, b) => a.fromIndex - b.fromIndex || compareProvenance(a.provenance, b.provenance))
    .filter(
      ({ provenance }, position, sorted) =>
        sorted.findIndex((one) => compareProvenance(one.provenance, provenance) <= 0) === position,
    )
  const isSame = origins.every((origin) => candidate.origins.includes(origin))
  return isSame ? candidate : { ...candidate, origins }
}

/** The authenticated part of a copy, if it has one. */
export function authenticatedPart(candidate: Candidate): readonly Candidate[] {
  const from = authenticatedFrom(candidate)
  if (from === Infinity) return []
  const origins = candidate.origins.filter(({ fromIndex }) => fromIndex >= from)
  return [{ session: advanceTo(candidate.session, from), origins }]
}
