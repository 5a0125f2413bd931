/**
 * How the copies of a session on two sides stand to each other.
 *
 * An index is only claimed: ratchets are advanced and must connect before one is called better. The
 * origin counts where the index does not decide, and only for a side that can take a better one.
 */
import { type Candidate, compareProvenance, compareSessions, provenanceAt } from '@roomkeys/megolm'

/** One of the two sides. */
export type Side = 'a' | 'b'

/** The copies of a session on both sides; none where the session is missing. */
export type Sides = Readonly<Record<Side, readonly Candidate[]>>

/** Which sides can take a better origin. */
export type KeepsOrigins = Readonly<Record<Side, boolean>>

/** How one side stands to the other. */
export type Judgement =
  | { readonly kind: 'missing_in_a' | 'missing_in_b' }
  /** `index`: it begins earlier. `origin`: it begins no earlier, and more vouches for it. */
  | { readonly kind: 'better_in_a' | 'better_in_b'; readonly by: 'index' | 'origin' }
  /** Two copies under one session id that do not connect: one of them is false. */
  | { readonly kind: 'conflicting' }

/** The index from which on a side decrypts, or `null` when it has no copy. */
export function firstIndex(copies: readonly Candidate[]): number | null {
  return copies.length === 0 ? null : Math.min(...copies.map(({ session }) => session.index))
}

function isConflict(first: Candidate, second: Candidate): boolean {
  const comparison = compareSessions(first.session, second.session)
  return comparison === 'conflicting' || comparison === 'another_session'
}

/** Whether a copy would have a better origin somewhere, if it had those of the other. */
function gains(copy: Candidate, other: Candidate): boolean {
  return other.origins.some(({ fromIndex, provenance }) => {
    const held = provenanceAt(copy, Math.max(fromIndex, copy.session.index))
    return held === null || compareProvenance(provenance, held) < 0
  })
}

function gainsOrigin(copies: readonly Candidate[], others: readonly Candidate[]): boolean {
  return copies.some((copy) => others.some((other) => gains(copy, other)))
}

/** Judges the copies of one session: nothing when the sides have the same, two when each has more. */
export function judge({ a, b }: Sides, keeps: KeepsOrigins): readonly Judgement[] {
  const [indexA, indexB] = [firstIndex(a), firstIndex(b)]
  if (indexA === null) return indexB === null ? [] : [{ kind: 'missing_in_a' }]
  if (indexB === null) return [{ kind: 'missing_in_b' }]
  if (a.some((one) => b.some((other) => isConflict(one, other)))) return [{ kind: 'conflicting' }]
  const judgements: Judgement[] = []
  if (indexA < indexB) judgements.push({ kind: 'better_in_a', by: 'index' })
  else if (keeps.b && gainsOrigin(b, a)) judgements.push({ kind: 'better_in_a', by: 'origin' })
  if (indexB < indexA) judgements.push({ kind: 'better_in_b', by: 'index' })
  else if (keeps.a && gainsOrigin(a, b)) judgements.push({ kind: 'better_in_b', by: 'origin' })
  return judgements
}
