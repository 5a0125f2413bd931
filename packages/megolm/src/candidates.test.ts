import { utf8 } from '@roomkeys/crypto/bytes'
import { SecretBytes } from '@roomkeys/crypto/secret'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { caught } from '../test/caught.ts'
import {
  type Candidate,
  decryptWithCandidates,
  MAX_CANDIDATES,
  mergeCandidate,
  type MergeOutcome,
} from './candidates.ts'
import { compareSessions } from './compare.ts'
import { advanceTo } from './inbound.ts'
import { createOutboundSession, encrypt, type OutboundSession } from './outbound.ts'
import { compareProvenance, isAuthenticated, type Provenance } from './provenance.ts'
import type { MegolmSession } from './session.ts'

const genuine = createOutboundSession()
const forgedWith = (byte: number): OutboundSession => ({
  ...genuine,
  ratchet: new SecretBytes(new Uint8Array(128).fill(byte)),
})
const forged = forgedWith(1)

const PROVENANCES: readonly Provenance[] = [
  { kind: 'direct' },
  { kind: 'authenticated_backup' },
  { kind: 'forwarded' },
  { kind: 'key_bundle', from: '@bob:example.org' },
  { kind: 'export_file' },
  { kind: 'unauthenticated_backup' },
]
const ofKind = (kind: Provenance['kind']): Provenance =>
  kind === 'key_bundle' ? { kind, from: '@bob:example.org' } : { kind }

const copy = (session: MegolmSession, index: number, kind: Provenance['kind']): Candidate => ({
  session: advanceTo(session, index),
  provenance: ofKind(kind),
})

/** A copy in a few words: genuine or not, its index, its origin. */
function shown({ session, provenance }: Candidate): string {
  const isGenuine = compareSessions(genuine, session) !== 'conflicting'
  return `${isGenuine ? 'genuine' : 'forged'} ${session.index} ${provenance.kind}`
}

describe('comparing', () => {
  test.each([
    ['equal', genuine, genuine],
    ['better', genuine, advanceTo(genuine, 2 ** 24 + 5)],
    ['worse', advanceTo(genuine, 70_000), genuine],
    ['conflicting', genuine, forged],
    ['conflicting', genuine, advanceTo(forged, 300)],
    ['conflicting', genuine, { ...genuine, index: 1 }],
    ['another_session', genuine, createOutboundSession()],
  ] as const)('%s', (expected, first, second) => {
    expect(compareSessions(first, second)).toBe(expected)
  })

  test('a copy with one bit of its ratchet changed conflicts, whichever it is', () => {
    for (let position = 0; position < 128; position++) {
      const bytes = Uint8Array.from(genuine.ratchet.expose())
      bytes[position] = (bytes[position] ?? 0) ^ 1
      const changed = { ...genuine, ratchet: new SecretBytes(bytes) }
      expect(compareSessions(genuine, changed)).toBe('conflicting')
    }
  })

  test('is opposite the other way round', () => {
    const opposite = { better: 'worse', worse: 'better', equal: 'equal' } as const
    fc.assert(
      fc.property(fc.nat(2 ** 20), fc.nat(2 ** 20), (a, b) => {
        const [first, second] = [advanceTo(genuine, a), advanceTo(genuine, b)]
        const comparison = compareSessions(first, second)
        if (comparison !== 'better' && comparison !== 'worse' && comparison !== 'equal')
          throw new Error(comparison)
        expect(compareSessions(second, first)).toBe(opposite[comparison])
      }),
      { numRuns: 20 },
    )
  })
})

test('origins are ordered, and the first two are authenticated', () => {
  expect(PROVENANCES.toReversed().toSorted(compareProvenance)).toEqual(PROVENANCES)
  expect(PROVENANCES.filter(isAuthenticated).map(({ kind }) => kind)).toEqual([
    'direct',
    'authenticated_backup',
  ])
})

type Row = readonly [
  what: string,
  held: readonly Candidate[],
  incoming: Candidate,
  outcome: MergeOutcome,
  after: readonly string[],
]

const ROWS: readonly Row[] = [
  [
    'the first copy, whatever its origin',
    [],
    copy(genuine, 5, 'unauthenticated_backup'),
    'added',
    ['genuine 5 unauthenticated_backup'],
  ],
  [
    'connected: the same',
    [copy(genuine, 5, 'direct')],
    copy(genuine, 5, 'direct'),
    'unchanged',
    ['genuine 5 direct'],
  ],
  [
    'connected: later and of worse origin',
    [copy(genuine, 5, 'direct')],
    copy(genuine, 9, 'export_file'),
    'unchanged',
    ['genuine 5 direct'],
  ],
  [
    'connected: earlier and of worse origin gives its index',
    [copy(genuine, 5, 'direct')],
    copy(genuine, 0, 'unauthenticated_backup'),
    'improved',
    ['genuine 0 direct'],
  ],
  [
    'connected: later and of better origin gives its origin',
    [copy(genuine, 0, 'unauthenticated_backup')],
    copy(genuine, 300, 'direct'),
    'improved',
    ['genuine 0 direct'],
  ],
  [
    'connected: earlier and of better origin gives both',
    [copy(genuine, 300, 'key_bundle')],
    copy(genuine, 2, 'forwarded'),
    'improved',
    ['genuine 2 forwarded'],
  ],
  [
    'conflicting, neither authenticated: both are kept, the better origin first',
    [copy(forged, 0, 'unauthenticated_backup')],
    copy(genuine, 5, 'export_file'),
    'kept_conflicting',
    ['genuine 5 export_file', 'forged 0 unauthenticated_backup'],
  ],
  [
    'conflicting, neither authenticated: a lower index changes nothing of it',
    [copy(genuine, 5, 'forwarded')],
    copy(forged, 0, 'unauthenticated_backup'),
    'kept_conflicting',
    ['genuine 5 forwarded', 'forged 0 unauthenticated_backup'],
  ],
  [
    'conflicting: direct drives out what is not authenticated',
    [copy(forged, 0, 'forwarded')],
    copy(genuine, 5, 'direct'),
    'replaced',
    ['genuine 5 direct'],
  ],
  [
    'conflicting: an authenticated backup does as well',
    [copy(forged, 0, 'export_file'), copy(forgedWith(2), 0, 'unauthenticated_backup')],
    copy(genuine, 5, 'authenticated_backup'),
    'replaced',
    ['genuine 5 authenticated_backup'],
  ],
  [
    'conflicting: what is not authenticated is refused beside what is, at a lower index too',
    [copy(genuine, 5, 'authenticated_backup')],
    copy(forged, 0, 'forwarded'),
    'refused',
    ['genuine 5 authenticated_backup'],
  ],
  [
    'conflicting, both authenticated: both are kept',
    [copy(forged, 0, 'authenticated_backup')],
    copy(genuine, 5, 'direct'),
    'kept_conflicting',
    ['genuine 5 direct', 'forged 0 authenticated_backup'],
  ],
  [
    'connected to one of two: a better origin settles it',
    [copy(genuine, 5, 'export_file'), copy(forged, 0, 'unauthenticated_backup')],
    copy(genuine, 9, 'direct'),
    'improved',
    ['genuine 5 direct'],
  ],
  [
    'connected to one of two: without authentication both stay',
    [copy(forged, 0, 'export_file'), copy(genuine, 5, 'unauthenticated_backup')],
    copy(genuine, 3, 'forwarded'),
    'improved',
    ['genuine 3 forwarded', 'forged 0 export_file'],
  ],
]

describe('merging', () => {
  const rows = ROWS.map(([what, held, incoming, outcome, after]) => ({
    what,
    held,
    incoming,
    outcome,
    after,
  }))

  test.each(rows)('$what', ({ held, incoming, outcome, after }) => {
    const before = held.map(shown)
    const merged = mergeCandidate(held, incoming)
    expect(merged.outcome).toBe(outcome)
    expect(merged.candidates.map(shown)).toEqual(after)
    expect(held.map(shown)).toEqual(before)
  })

  test.each(
    PROVENANCES.flatMap((one) => PROVENANCES.map((other) => [one.kind, other.kind] as const)),
  )(
    'of conflicting copies, %s against %s: authenticated wins, otherwise both stay',
    (heldKind, incomingKind) => {
      const { candidates } = mergeCandidate(
        [copy(forged, 0, heldKind)],
        copy(genuine, 7, incomingKind),
      )
      const isHeld = isAuthenticated(ofKind(heldKind))
      const isIncoming = isAuthenticated(ofKind(incomingKind))
      const kept = [
        ...(isHeld || !isIncoming ? [`forged 0 ${heldKind}`] : []),
        ...(isIncoming || !isHeld ? [`genuine 7 ${incomingKind}`] : []),
      ]
      expect(candidates.map(shown).toSorted()).toEqual(kept)
    },
  )

  test('connected copies give the same in any order', () => {
    const drawn = fc.record({ index: fc.nat(600), provenance: fc.constantFrom(...PROVENANCES) })
    fc.assert(
      fc.property(fc.array(drawn, { minLength: 1, maxLength: 5 }), (drafts) => {
        const all = drafts.map(({ index, provenance }) => copy(genuine, index, provenance.kind))
        const [only, ...more] = all.reduce<readonly Candidate[]>(
          (held, one) => mergeCandidate(held, one).candidates,
          [],
        )
        const best = drafts.map(({ provenance }) => provenance).toSorted(compareProvenance)[0]
        expect(more).toEqual([])
        expect(only?.session.index).toBe(Math.min(...drafts.map(({ index }) => index)))
        expect(only?.provenance).toEqual(best)
      }),
      { numRuns: 30 },
    )
  })

  test('keeps a bounded number of copies, and those of the best origin', () => {
    const poison = Array.from({ length: MAX_CANDIDATES + 3 }, (_, i) =>
      copy(forgedWith(i + 1), 0, 'unauthenticated_backup'),
    )
    let held: readonly Candidate[] = []
    const outcomes = poison.map((one) => {
      const { candidates, outcome } = mergeCandidate(held, one)
      held = candidates
      return outcome
    })
    expect(held).toEqual(poison.slice(0, MAX_CANDIDATES))
    expect(outcomes.slice(-3)).toEqual(['refused', 'refused', 'refused'])
    const { candidates, outcome } = mergeCandidate(held, copy(genuine, 0, 'export_file'))
    expect(outcome).toBe('replaced')
    expect(candidates).toHaveLength(MAX_CANDIDATES)
    expect(candidates.map(shown)[0]).toBe('genuine 0 export_file')
  })

  test('refuses a copy of another session', () => {
    const other = copy(createOutboundSession(), 0, 'direct')
    expect(caught(() => mergeCandidate([copy(genuine, 0, 'direct')], other)).code).toBe(
      'another_session',
    )
  })
})

describe('a message with several copies', () => {
  const { ciphertext } = encrypt({ ...genuine, ...advanceTo(genuine, 4) }, utf8('message'))
  const held = [
    copy(forged, 0, 'export_file'),
    copy(genuine, 2, 'unauthenticated_backup'),
    copy(forgedWith(3), 5, 'unauthenticated_backup'),
  ]

  test('is opened by the right one; the disproved one goes, the later one stays', () => {
    const { plaintext, candidate, candidates, index } = decryptWithCandidates(held, ciphertext)
    expect(plaintext).toEqual(utf8('message'))
    expect(index).toBe(4)
    expect(candidate).toBe(held[1])
    expect(candidates).toEqual(held.slice(1))
  })

  test('that none opens fails as the first copy does', () => {
    expect(caught(() => decryptWithCandidates(held.slice(2), ciphertext)).code).toBe(
      'index_before_session',
    )
    expect(caught(() => decryptWithCandidates(held.slice(0, 1), ciphertext)).code).toBe(
      'mac_mismatch',
    )
    expect(caught(() => decryptWithCandidates(held, 'AAAA')).code).toBe('unsupported_version')
  })

  test('needs a copy', () => {
    expect(() => decryptWithCandidates([], ciphertext)).toThrow(TypeError)
  })
})
