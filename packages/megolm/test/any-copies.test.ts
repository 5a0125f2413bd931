import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  authenticatedFrom,
  authenticatedPart,
  type Candidate,
  provenanceAt,
} from '../src/candidate.ts'
import { decryptWithCandidates, MAX_CANDIDATES, mergeCandidate } from '../src/candidates.ts'
import { agreementIndex } from '../src/compare.ts'
import { advanceTo } from '../src/inbound.ts'
import { rankOf } from '../src/provenance.ts'
import {
  agreementOf,
  copyOf,
  expectedOf,
  FORGEABLE,
  genuineAt,
  messageAt,
  PROVENANCES,
  scenarios,
  shown,
} from './copies.ts'

const mergedInto = (
  held: readonly Candidate[],
  copies: readonly Candidate[],
): readonly Candidate[] =>
  copies.reduce((before, copy) => mergeCandidate(before, copy).candidates, held)

const merged = (copies: readonly Candidate[]): readonly Candidate[] => mergedInto([], copies)

const texts = (candidates: readonly Candidate[]): readonly string[] =>
  candidates.map(shown).toSorted()

/** Whether a copy has the true ratchet at an index, or from its own on when that is later. */
function isTrueFrom({ session }: Candidate, index: number): boolean {
  const from = Math.max(session.index, index)
  return agreementIndex(session, genuineAt(from)) === from
}

/** Whether a list has all that a copy has, with an origin as good. */
function holds(candidates: readonly Candidate[], copy: Candidate): boolean {
  const { index } = copy.session
  const own = provenanceAt(copy, index)
  return candidates.some((one) => {
    const provenance = provenanceAt(one, index)
    if (provenance === null || own === null) return false
    return agreementIndex(one.session, copy.session) === index && rankOf(provenance) <= rankOf(own)
  })
}

/** Signatures have their own tests, and are nearly all that a message costs. */
const verify = (): boolean => true

describe('any copies of which the authenticated ones are genuine', () => {
  const consistent = scenarios(FORGEABLE, 7)

  test('give what their making tells', () => {
    fc.assert(
      fc.property(consistent, (drafts) => {
        expect(texts(merged(drafts.map(copyOf)))).toEqual(expectedOf(drafts))
      }),
      { numRuns: 3000 },
    )
  })

  test('lose no genuine one, and open its messages', () => {
    fc.assert(
      fc.property(consistent, (drafts) => {
        const candidates = merged(drafts.map(copyOf))
        for (const copy of drafts.filter(({ line }) => line === null).map(copyOf)) {
          expect(holds(candidates, copy)).toBe(true)
          const { index } = copy.session
          const opened = decryptWithCandidates(candidates, messageAt(index), { verify })
          expect(opened.plaintext).toEqual(Uint8Array.of(index & 255))
          expect(holds(opened.candidates, copy)).toBe(true)
          expect(opened.provenance).toEqual(provenanceAt(opened.candidate, index))
        }
      }),
      { numRuns: 3000 },
    )
  })

  test('are all true from where a genuine one is authenticated on', () => {
    fc.assert(
      fc.property(consistent, (drafts) => {
        const copies = drafts.map(copyOf)
        const from = Math.min(...copies.map(authenticatedFrom))
        fc.pre(from < Infinity)
        const candidates = merged(copies)
        expect(candidates.filter((one) => !isTrueFrom(one, from))).toEqual([])
        expect(candidates.map((one) => authenticatedFrom(one))).toEqual(
          candidates.map(({ session }) => Math.max(session.index, from)),
        )
      }),
      { numRuns: 1000 },
    )
  })

  test('are the same in another order, and merged again', () => {
    fc.assert(
      fc.property(consistent, (drafts) => {
        const copies = drafts.map(copyOf)
        const candidates = merged(copies)
        expect(texts(merged(copies.toReversed()))).toEqual(texts(candidates))
        expect(mergedInto(candidates, copies)).toBe(candidates)
        expect(mergedInto(candidates, candidates)).toBe(candidates)
      }),
      { numRuns: 1000 },
    )
  })

  test('are the same when two lists are merged', () => {
    fc.assert(
      fc.property(consistent, fc.nat(9), (drafts, cut) => {
        const copies = drafts.map(copyOf)
        const [here, there] = [merged(copies.slice(0, cut)), merged(copies.slice(cut))]
        expect(texts(mergedInto(here, there))).toEqual(expectedOf(drafts))
      }),
      { numRuns: 1000 },
    )
  })

  test('vouch alike for a message, whichever opens it', () => {
    fc.assert(
      fc.property(consistent, (drafts) => {
        const candidates = merged(drafts.map(copyOf))
        const index = Math.max(...candidates.map(({ session }) => session.index))
        const text = messageAt(index)
        const able = candidates.filter((one) => isTrueFrom(one, index))
        const kinds = able.map(
          (one) => decryptWithCandidates([one], text, { verify }).provenance.kind,
        )
        expect(new Set(kinds).size).toBeLessThanOrEqual(1)
      }),
      { numRuns: 500 },
    )
  })
})

describe('copies that are authenticated and contradict each other', () => {
  const partsOf = (candidates: readonly Candidate[]): readonly string[] => [
    ...new Set(texts(candidates.flatMap(authenticatedPart))),
  ]

  test('all remain, from where they are authenticated on, in any order', () => {
    fc.assert(
      fc.property(scenarios(PROVENANCES, 5), (drafts) => {
        const copies = drafts.map(copyOf)
        const candidates = merged(copies)
        expect(partsOf(merged(copies.toReversed()))).toEqual(partsOf(candidates))
        const authenticated = copies.flatMap(authenticatedPart)
        expect(authenticated.filter((copy) => !holds(candidates, copy))).toEqual([])
      }),
      { numRuns: 1000 },
    )
  })
})

describe('any copies at all, more than are kept', () => {
  test('keep their shape and number, and merging one twice is merging it once', () => {
    fc.assert(
      fc.property(scenarios(PROVENANCES, 14), (drafts) => {
        let held: readonly Candidate[] = []
        for (const copy of drafts.map(copyOf)) {
          held = mergeCandidate(held, copy).candidates
          const again = mergeCandidate(held, copy)
          expect(again.candidates).toBe(held)
          expect(['unchanged', 'refused']).toContain(again.outcome)
          expect(held.length).toBeLessThanOrEqual(MAX_CANDIDATES)
          for (const { session, origins } of held) {
            const indices = origins.map(({ fromIndex }) => fromIndex)
            const ranks = origins.map(({ provenance }) => rankOf(provenance))
            expect(indices[0]).toBe(session.index)
            expect(indices).toEqual([...new Set(indices)].toSorted((a, b) => a - b))
            expect(ranks).toEqual([...new Set(ranks)].toSorted((a, b) => b - a))
          }
        }
      }),
      { numRuns: 500 },
    )
  })
})

test('the scenarios are of the ratchets that they tell of', () => {
  fc.assert(
    fc.property(scenarios(FORGEABLE, 2), (drafts) => {
      const [one, other = one] = drafts
      if (one === undefined || other === undefined) throw new TypeError('There is a draft')
      const [first, second] = [copyOf(one).session, copyOf(other).session]
      const agreement = agreementOf(one, other)
      expect(agreementIndex(first, second)).toBe(agreement)
      const later = Math.max(Math.min(agreement, 2 ** 26), first.index + 1, second.index + 1)
      for (const index of [later - 1, later].filter(
        (each) => each >= Math.max(first.index, second.index),
      )) {
        const [a, b] = [advanceTo(first, index), advanceTo(second, index)]
        expect(agreementIndex(a, b) === index).toBe(agreement <= index)
      }
    }),
    { numRuns: 200 },
  )
})
