import { utf8 } from '@roomkeys/crypto/bytes'
import { SecretBytes } from '@roomkeys/crypto/secret'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { caught } from '../test/caught.ts'
import { type Candidate, candidateOf, provenanceAt } from './candidate.ts'
import {
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

const copy = (session: MegolmSession, index: number, kind: Provenance['kind']): Candidate =>
  candidateOf(advanceTo(session, index), ofKind(kind))

/** What a holder of the true ratchet makes of it: earlier, and true from the next multiple of 256 on. */
function forgedPrefix(index: number): MegolmSession {
  const session = advanceTo(genuine, index)
  const bytes = Uint8Array.from(session.ratchet.expose()).fill(7, 96)
  return { ...session, ratchet: new SecretBytes(bytes) }
}

/** A copy with the origins of more, which it leads to. */
function layered(first: Candidate, ...more: readonly Candidate[]): Candidate {
  const [only, ...others] = more.reduce<readonly Candidate[]>(
    (held, one) => mergeCandidate(held, one).candidates,
    [first],
  )
  if (only === undefined || others.length > 0) throw new TypeError('The copies do not connect')
  return only
}

/** A copy in a few words: genuine or not, its index, its origins. */
function shown({ session, origins }: Candidate): string {
  const isGenuine = compareSessions(genuine, session) !== 'conflicting'
  const layers = origins.map(({ fromIndex, provenance }) => `${fromIndex} ${provenance.kind}`)
  return `${isGenuine ? 'genuine' : 'forged'} ${layers.join(', ')}`
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
    'connected: earlier and of worse origin gives its index, for what lies before',
    [copy(genuine, 5, 'direct')],
    copy(genuine, 0, 'unauthenticated_backup'),
    'improved',
    ['genuine 0 unauthenticated_backup, 5 direct'],
  ],
  [
    'connected: later and of better origin gives its origin, from there on',
    [copy(genuine, 0, 'unauthenticated_backup')],
    copy(genuine, 300, 'direct'),
    'improved',
    ['genuine 0 unauthenticated_backup, 300 direct'],
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
    ['genuine 5 export_file, 9 direct'],
  ],
  [
    'connected to one of two: without authentication both stay',
    [copy(forged, 0, 'export_file'), copy(genuine, 5, 'unauthenticated_backup')],
    copy(genuine, 3, 'forwarded'),
    'improved',
    ['genuine 3 forwarded', 'forged 0 export_file'],
  ],
  [
    'agreeing later only: the origins count from where they agree, for both',
    [copy(genuine, 10, 'forwarded')],
    candidateOf(forgedPrefix(5), ofKind('export_file')),
    'kept_conflicting',
    ['genuine 10 forwarded', 'forged 5 export_file, 256 forwarded'],
  ],
  [
    'agreeing later only, authenticated there: kept beside, and authenticated from there on',
    [layered(copy(genuine, 10, 'export_file'), copy(genuine, 300, 'direct'))],
    candidateOf(forgedPrefix(5), ofKind('unauthenticated_backup')),
    'kept_conflicting',
    [
      'genuine 10 export_file, 300 direct',
      'forged 5 unauthenticated_backup, 256 export_file, 300 direct',
    ],
  ],
  [
    'agreeing later only, authenticated before: refused',
    [copy(genuine, 10, 'direct')],
    candidateOf(forgedPrefix(5), ofKind('forwarded')),
    'refused',
    ['genuine 10 direct'],
  ],
  [
    'authenticated from later on: what disagrees there is refused',
    [layered(copy(genuine, 10, 'export_file'), copy(genuine, 300, 'direct'))],
    copy(forged, 0, 'forwarded'),
    'refused',
    ['genuine 10 export_file, 300 direct'],
  ],
  [
    'a newcomer authenticated from later on drives out what disagrees there',
    [copy(forged, 0, 'forwarded')],
    layered(copy(genuine, 10, 'export_file'), copy(genuine, 300, 'direct')),
    'replaced',
    ['genuine 10 export_file, 300 direct'],
  ],
  [
    'a newcomer authenticated at the dispute replaces a false earlier part',
    [
      layered(
        candidateOf(forgedPrefix(5), ofKind('unauthenticated_backup')),
        copy(genuine, 300, 'direct'),
      ),
    ],
    copy(genuine, 100, 'authenticated_backup'),
    'replaced',
    ['genuine 100 authenticated_backup, 300 direct'],
  ],
  [
    'a newcomer with a false earlier part gives its authenticated part',
    [copy(genuine, 100, 'authenticated_backup')],
    layered(
      candidateOf(forgedPrefix(5), ofKind('unauthenticated_backup')),
      copy(genuine, 300, 'direct'),
    ),
    'improved',
    ['genuine 100 authenticated_backup, 300 direct'],
  ],
  [
    'a newcomer with a false earlier part and nothing new behind it',
    [copy(genuine, 100, 'direct')],
    layered(
      candidateOf(forgedPrefix(5), ofKind('unauthenticated_backup')),
      copy(genuine, 300, 'authenticated_backup'),
    ),
    'refused',
    ['genuine 100 direct'],
  ],
  [
    'conflicting, both authenticated at the dispute: an earlier part stays with its copy',
    [layered(copy(genuine, 5, 'export_file'), copy(genuine, 9, 'direct'))],
    copy(forged, 20, 'authenticated_backup'),
    'kept_conflicting',
    ['genuine 5 export_file, 9 direct', 'forged 20 authenticated_backup'],
  ],
  [
    'conflicting, both authenticated, one of them from after the dispute: from there on it stays',
    [layered(copy(genuine, 5, 'export_file'), copy(genuine, 9, 'direct'))],
    copy(forged, 7, 'authenticated_backup'),
    'replaced',
    ['genuine 9 direct', 'forged 7 authenticated_backup'],
  ],
  [
    'what leads to an authenticated copy is kept beside another that begins later',
    [copy(genuine, 9, 'direct'), copy(forged, 20, 'direct')],
    copy(genuine, 5, 'export_file'),
    'improved',
    ['forged 20 direct', 'genuine 5 export_file, 9 direct'],
  ],
]

test('an origin counts from its index on', () => {
  const both = layered(copy(genuine, 5, 'export_file'), copy(genuine, 9, 'direct'))
  expect([4, 5, 8, 9, 2 ** 32 - 1].map((index) => provenanceAt(both, index)?.kind)).toEqual([
    undefined,
    'export_file',
    'export_file',
    'direct',
    'direct',
  ])
})

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
        expect(only?.origins.at(-1)?.provenance).toEqual(best)
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

  test('a copy that is one too many still gives its origin from where it agrees', () => {
    const others = Array.from({ length: MAX_CANDIDATES - 1 }, (_, i) =>
      copy(forgedWith(i + 1), 0, 'export_file'),
    )
    const held = [...others, copy(genuine, 10, 'unauthenticated_backup')]
    const false5 = forgedPrefix(5)
    const incoming = layered(
      candidateOf(false5, ofKind('unauthenticated_backup')),
      copy(false5, 7, 'export_file'),
    )
    const { candidates, outcome } = mergeCandidate(held, incoming)
    expect(outcome).toBe('improved')
    expect(candidates.slice(0, -1)).toEqual(others)
    expect(candidates.slice(-1).map(shown)).toEqual([
      'genuine 10 unauthenticated_backup, 256 export_file',
    ])
  })

  test('an earlier copy with a false start takes nothing from the genuine one', () => {
    const direct = copy(genuine, 300, 'direct')
    const abuse = candidateOf(forgedPrefix(50), ofKind('unauthenticated_backup'))
    const earlier = copy(genuine, 100, 'unauthenticated_backup')

    const abused = mergeCandidate([direct], abuse)
    expect(abused.outcome).toBe('improved')
    expect(abused.candidates.map((one) => provenanceAt(one, 299)?.kind)).toEqual([
      'unauthenticated_backup',
    ])
    const merged = mergeCandidate(abused.candidates, earlier)
    expect(merged.outcome).toBe('kept_conflicting')
    expect(merged.candidates.map(shown)).toEqual([
      'forged 50 unauthenticated_backup, 300 direct',
      'genuine 100 unauthenticated_backup, 300 direct',
    ])

    const { ciphertext } = encrypt({ ...genuine, ...advanceTo(genuine, 100) }, utf8('message'))
    const { plaintext, provenance, candidates } = decryptWithCandidates(
      merged.candidates,
      ciphertext,
    )
    expect(plaintext).toEqual(utf8('message'))
    expect(provenance).toEqual({ kind: 'unauthenticated_backup' })
    expect(candidates.map(shown)).toEqual(['genuine 100 unauthenticated_backup, 300 direct'])
  })

  test('of origins as good as each other, from one index, the first to come stays', () => {
    const [one, other] = ['@alice:example.org', '@bob:example.org'].map((from) =>
      candidateOf(genuine, { kind: 'key_bundle', from }),
    )
    if (one === undefined || other === undefined) throw new TypeError('There are two')
    expect(mergeCandidate([one], other)).toEqual({ candidates: [one], outcome: 'unchanged' })
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
    const { plaintext, candidate, candidates, index, provenance } = decryptWithCandidates(
      held,
      ciphertext,
    )
    expect(plaintext).toEqual(utf8('message'))
    expect(index).toBe(4)
    expect(provenance).toEqual({ kind: 'unauthenticated_backup' })
    expect(candidate).toBe(held[1])
    expect(candidates).toEqual(held.slice(1))
  })

  test('has the origin that counts at its index', () => {
    const both = [layered(copy(genuine, 2, 'export_file'), copy(genuine, 4, 'direct'))]
    const { ciphertext: before } = encrypt({ ...genuine, ...advanceTo(genuine, 3) }, utf8('3'))
    expect(decryptWithCandidates(both, before).provenance.kind).toBe('export_file')
    expect(decryptWithCandidates(both, ciphertext).provenance.kind).toBe('direct')
    expect(decryptWithCandidates(both, before).candidates).toEqual(both)
  })

  test('needs copies with an origin', () => {
    const unvouched = { session: genuine, origins: [] }
    expect(() => decryptWithCandidates([unvouched], ciphertext)).toThrow(TypeError)
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
