/** Comparing sources. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCopySlab, COPY_BYTES } from '../../src/diff/copy-slab.ts'
import { createKeyIndex } from '../../src/diff/key-index.ts'
import {
  backupSource,
  diff,
  type Difference,
  type DifferenceKind,
  dumpSource,
  exportSource,
  storeSource,
} from '../../src/diff.ts'
import type { KeySource, SourceItem } from '../../src/diff.ts'
import { createMemoryStore } from '../../src/memory.ts'
import { restore } from '../../src/restore.ts'
import { addressOf, megolmOf } from '../engine/sessions.ts'
import { caught, rejected } from '../caught.ts'
import { OPTIONS } from '../open.ts'
import { createWorld } from '../restore/world.ts'
import { account, at } from '../vectors.ts'
import {
  backupOf,
  compare,
  heldEntry,
  invalidItem,
  itemOf,
  type KeyPlan,
  serverOf,
  sourceOf,
  storeOf,
  WRONG_KEY,
} from './world.ts'

const plan = (number: number, more: Partial<KeyPlan> = {}): KeyPlan => ({
  number,
  index: 0,
  truth: 'genuine',
  origin: 'export_file',
  ...more,
})

const kindsOf = (differences: readonly Difference[]): readonly string[] =>
  differences.map((one) => ('by' in one ? `${one.kind} by ${one.by}` : one.kind))

type Row = readonly [
  what: string,
  a: readonly KeyPlan[],
  b: readonly KeyPlan[],
  expected: readonly string[],
]

const direct = { origin: 'direct' } as const

/** `a` keeps origins, `b` does not. */
const ROWS: readonly Row[] = [
  ['the same', [plan(1)], [plan(1)], []],
  ['missing in b', [plan(1)], [], ['missing_in_b']],
  ['missing in a', [], [plan(1)], ['missing_in_a']],
  ['earlier in a', [plan(1, { index: 2 })], [plan(1, { index: 9 })], ['better_in_a by index']],
  ['earlier in b', [plan(1, { index: 300 })], [plan(1)], ['better_in_b by index']],
  ['of better origin in a: b cannot take it', [plan(1, direct)], [plan(1)], []],
  ['of better origin in b', [plan(1)], [plan(1, direct)], ['better_in_b by origin']],
  [
    'earlier in a, of better origin in b: each has something',
    [plan(1)],
    [plan(1, { index: 4, ...direct })],
    ['better_in_a by index', 'better_in_b by origin'],
  ],
  [
    'vouched for from later on already',
    [plan(1), plan(1, { index: 4, ...direct })],
    [plan(1, { index: 4, ...direct })],
    ['better_in_a by index'],
  ],
  ['false at the same index', [plan(1)], [plan(1, { truth: 'false' })], ['conflicting']],
  [
    'false and earlier: the index is only claimed',
    [plan(1, { index: 5 })],
    [plan(1, { truth: 'false' })],
    ['conflicting'],
  ],
  [
    'two that conflict, and one of them',
    [plan(1), plan(1, { truth: 'false', index: 3 })],
    [plan(1)],
    ['conflicting'],
  ],
  ['twice in one source: the best counts', [plan(1)], [plan(1, { index: 7 }), plan(1)], []],
]

describe('two sources', () => {
  test.each(ROWS.map(([what, a, b, expected]) => ({ what, a, b, expected })))(
    '$what',
    async ({ a, b, expected }) => {
      const sources = [sourceOf(a.map(itemOf), 'kept'), sourceOf(b.map(itemOf))] as const
      const { differences, summary } = await compare(...sources)
      expect(kindsOf(differences)).toEqual(expected)
      expect(summary.equal).toBe(expected.length === 0 ? 1 : 0)
      expect(summary.read).toEqual({ a: a.length, b: b.length })
    },
  )

  test('indices and addresses are told', async () => {
    const [a, b] = [plan(3, { index: 2 }), plan(3, { index: 9 })]
    const { differences } = await compare(sourceOf([itemOf(a)]), sourceOf([itemOf(b)]))
    expect(differences).toEqual([
      { kind: 'better_in_a', by: 'index', ...addressOf(3), indices: { a: 2, b: 9 } },
    ])
  })

  test('what is no session is told with its reason, and is not there', async () => {
    const a = sourceOf([itemOf(plan(1)), itemOf(plan(2))])
    const { roomId, sessionId } = addressOf(2)
    const wrong = { ...itemOf(plan(1)), roomId, sessionId }
    const { differences, summary } = await compare(a, sourceOf([invalidItem(1), wrong]))
    expect(differences).toMatchObject([
      { kind: 'invalid_in_b', ...addressOf(1), reason: 'mac_mismatch' },
      { kind: 'invalid_in_b', ...addressOf(2), reason: 'session_id_mismatch' },
      { kind: 'missing_in_b', ...addressOf(1) },
      { kind: 'missing_in_b', ...addressOf(2) },
    ])
    expect(summary.differences).toMatchObject({ invalid_in_b: 2, missing_in_b: 2 })
  })

  test('an aborted comparison rejects, at any item', async () => {
    for (const stop of [0, 1, 3, 5]) {
      const controller = new AbortController()
      let count = 0
      const items = [1, 2, 3].map((number) => itemOf(plan(number)))
      const counted = (source: KeySource): KeySource => ({
        ...source,
        sessions: async function* (options) {
          for await (const item of source.sessions(options)) {
            if (count === stop) controller.abort(new Error('enough'))
            count += 1
            yield item
          }
        },
      })
      const events = diff(counted(sourceOf(items)), counted(sourceOf(items)), controller)
      const drain = async (): Promise<void> => {
        for await (const event of events) expect(event.type).not.toBe('finished')
      }
      await expect(drain()).rejects.toThrow('enough')
    }
  })
})

describe('kinds of sources', () => {
  test('the vectors: backup, dump, export file and store have the same keys', async () => {
    const { options, store, server } = createWorld()
    for await (const event of restore(options)) expect(event.type).toBeTypeOf('string')
    const backup = { ...options, api: server.api }
    const sources = [
      storeSource(store),
      backupSource(backup),
      dumpSource(account.entries, OPTIONS),
      exportSource(account.expected),
    ]
    for (const a of sources)
      for (const b of sources) {
        const { differences, summary } = await compare(a, b)
        const isBetter = a.origins === 'kept' && b.name === 'export file'
        const isWorse = b.origins === 'kept' && a.name === 'export file'
        const expected = isBetter ? ['better_in_b'] : isWorse ? ['better_in_a'] : []
        expect([...new Set(differences.map(({ kind }) => kind))]).toEqual(expected)
        expect(summary.equal + differences.length).toBe(account.entries.length)
      }
  }, 30_000)

  test('an export record that is another session is invalid', async () => {
    const [first, second] = [at(account.expected, 0), at(account.expected, 1)]
    const source = exportSource([{ ...first, session_key: second.session_key }])
    const { differences } = await compare(source, sourceOf([]))
    expect(differences).toMatchObject([{ kind: 'invalid_in_a', reason: 'session_id_mismatch' }])
  })

  test('one address of a backup, a store and of neither', async () => {
    const held = { number: 1, index: 3, truth: 'genuine', kind: 'ours', claimed: null } as const
    const copy = { ...held, isVerified: false, forwardedCount: 0 } as const
    const server = await serverOf([copy, { ...copy, number: 2, kind: 'theirs' }])
    const backup = backupSource(backupOf(server.api))
    expect(await backup.get?.(addressOf(1))).toMatchObject({ status: 'session', ...addressOf(1) })
    expect(await backup.get?.(addressOf(2))).toMatchObject({ reason: 'mac_mismatch' })
    expect(await backup.get?.(addressOf(3))).toBeNull()
    const store = storeSource(await storeOf([plan(1)]))
    expect(await store.get?.(addressOf(1))).toMatchObject({ status: 'session', ...addressOf(1) })
    expect(await store.get?.(addressOf(3))).toBeNull()
    expect((await heldEntry(copy)).sessionId).toBe(addressOf(1).sessionId)
  })

  test('a wrong key, no backup and a deleted one are told as such', async () => {
    const server = await serverOf([])
    const other = backupSource({ ...backupOf(server.api), key: WRONG_KEY })
    const none = storeSource(createMemoryStore())
    expect((await rejected(compare(none, other))).code).toBe('wrong_key')
    server.setFaults(({ operation }) =>
      operation === 'readKeys' ? { kind: 'answer', code: 'version_not_found' } : { kind: 'none' },
    )
    const gone = backupSource(backupOf(server.api))
    expect((await rejected(compare(none, gone))).code).toBe('version_changed')
    server.deleteVersion('1')
    expect((await rejected(compare(none, gone))).code).toBe('no_backup')
  })
})

const MIRRORED: Readonly<Record<DifferenceKind, DifferenceKind>> = {
  missing_in_a: 'missing_in_b',
  missing_in_b: 'missing_in_a',
  better_in_a: 'better_in_b',
  better_in_b: 'better_in_a',
  conflicting: 'conflicting',
  invalid_in_a: 'invalid_in_b',
  invalid_in_b: 'invalid_in_a',
}

/** Differences in an order of their own. */
function shown(differences: readonly Difference[], mirror: boolean): readonly string[] {
  return differences
    .map((difference) => {
      const { kind, roomId, sessionId } = difference
      const by = 'by' in difference ? difference.by : null
      const { a, b } = 'indices' in difference ? difference.indices : { a: null, b: null }
      const indices = mirror ? [b, a] : [a, b]
      return JSON.stringify([mirror ? MIRRORED[kind] : kind, roomId, sessionId, by, indices])
    })
    .toSorted()
}

const copyArbitrary = fc.record({
  number: fc.integer({ min: 1, max: 5 }),
  index: fc.constantFrom(0, 1, 3, 40, 255, 256, 300),
  truth: fc.constantFrom('genuine', 'genuine', 'false'),
  origin: fc.constantFrom(
    'direct',
    'authenticated_backup',
    'forwarded',
    'export_file',
    'unauthenticated_backup',
  ),
} as const)

const itemArbitrary: fc.Arbitrary<SourceItem> = fc.oneof(
  { weight: 8, arbitrary: copyArbitrary.map(itemOf) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 5 }).map(invalidItem) },
)

const sourceArbitrary = fc
  .tuple(fc.array(itemArbitrary, { maxLength: 10 }), fc.constantFrom('kept', 'fixed'))
  .map(([items, origins]) => sourceOf(items, origins))

test('the other way round, the differences are mirrored', async () => {
  await fc.assert(
    fc.asyncProperty(sourceArbitrary, sourceArbitrary, async (a, b) => {
      const [there, back] = [await compare(a, b), await compare(b, a)]
      expect(shown(back.differences, true)).toEqual(shown(there.differences, false))
      expect(back.summary.equal).toBe(there.summary.equal)
    }),
    { numRuns: 150 },
  )
})

test('a source differs from itself in nothing but what conflicts or is no session', async () => {
  await fc.assert(
    fc.asyncProperty(sourceArbitrary, async (source) => {
      const { differences } = await compare(source, source)
      const kinds = new Set(differences.map(({ kind }) => kind))
      for (const kind of kinds)
        expect(['conflicting', 'invalid_in_a', 'invalid_in_b']).toContain(kind)
    }),
    { numRuns: 60 },
  )
})

describe('the memory of a comparison', () => {
  test('has a limit of sessions, which an address that comes again does not reach', () => {
    const index = createKeyIndex(2)
    for (const number of [1, 2, 2, 1]) index.add('a', addressOf(number), [])
    const error = caught(() => {
      index.add('b', addressOf(3), [])
    })
    expect(error.code).toBe('too_large')
  })

  test('a copy takes as much as is said, and comes back as it was', () => {
    const slab = createCopySlab()
    const session = megolmOf(1, { index: 7, truth: 'genuine' })
    const origins = [
      { fromIndex: 7, provenance: { kind: 'unauthenticated_backup' } },
      { fromIndex: 9, provenance: { kind: 'export_file' } },
      { fromIndex: 4_294_967_295, provenance: { kind: 'direct' } },
    ] as const
    const numbers = Array.from({ length: 5_000 }, () => slab.add({ session, origins }))
    const last = at(numbers, -1)
    const copy = slab.read(last, session.publicKey)
    expect(copy.origins).toEqual(origins)
    expect(copy.session.index).toBe(7)
    expect(copy.session.ratchet.expose()).toEqual(session.ratchet.expose())
    expect(slab.isSame(last, copy)).toBe(true)
    expect(COPY_BYTES).toBe(164)
    slab.destroy()
    expect(slab.read(last, session.publicKey).session.ratchet.expose()).toEqual(new Uint8Array(128))
  })
})
