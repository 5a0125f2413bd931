/** What holds for any sequence of imports. */
import 'fake-indexeddb/auto'
import { isAuthenticated, MAX_CANDIDATES } from '@roomkeys/megolm'
import { backupVersion } from '@roomkeys/types'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openIndexedDbStore } from '../../src/indexeddb.ts'
import { createMemoryStore } from '../../src/memory.ts'
import { importAll, type IncomingKey } from '../../src/merge.ts'
import type { RoomKeyStore } from '../../src/ports.ts'
import { contentOf, type KeyDraft, keyOf, sessionKeyOf } from './keys.ts'

const KINDS = [
  'direct',
  'authenticated_backup',
  'forwarded',
  'export_file',
  'unauthenticated_backup',
] as const
/** Far apart, and few steps of the ratchet from one another. */
const INDEXES = [0, 1, 2, 3, 256, 258, 512] as const
const VERSIONS = [undefined, backupVersion('1'), backupVersion('2')] as const

const record = fc.dictionary(
  fc.constantFrom('m.shared_history', 'sender_key', 'unauthenticated', 'note', '__proto__'),
  fc.constantFrom('one', 'two', true, false),
  { maxKeys: 2 },
)

const isVouchedFor = (kind: (typeof KINDS)[number]): boolean => isAuthenticated({ kind })
const FORGERS = KINDS.filter((kind) => !isVouchedFor(kind))

/** A genuine copy of any origin, or a forged one, which no origin authenticates. */
const copy = fc.oneof(
  fc.record({ ratchet: fc.constant(0), kind: fc.constantFrom(...KINDS) }),
  fc.record({ ratchet: fc.integer({ min: 1, max: 3 }), kind: fc.constantFrom(...FORGERS) }),
)

const members = fc.record({
  session: fc.integer({ min: 0, max: 2 }),
  index: fc.constantFrom(...INDEXES),
  room: fc.constantFrom('!a', '!b'),
  record: record.map(({ sender_key, ...rest }) =>
    typeof sender_key === 'string' ? { ...rest, sender_key } : rest,
  ),
})

const draft: fc.Arbitrary<KeyDraft> = fc
  .tuple(members, copy)
  .map(([drawn, { ratchet, kind }]) => ({ ...drawn, ratchet, kind }))

/** Keys of one place that is read: a version of the backup, or a file. */
interface Source {
  readonly keys: readonly IncomingKey[]
  readonly heldBy: (typeof VERSIONS)[number]
  readonly batchSize: number
}

const source: fc.Arbitrary<Source> = fc.record({
  keys: fc.array(draft.map(keyOf), { maxLength: 12 }),
  heldBy: fc.constantFrom(...VERSIONS),
  batchSize: fc.integer({ min: 1, max: 6 }),
})
const sources = fc.array(source, { minLength: 1, maxLength: 4 })

/** Imports everything, or as much as is to be taken; the outcomes that were seen. */
async function importSources(
  store: RoomKeyStore,
  list: readonly Source[],
  limit = Infinity,
): Promise<readonly string[]> {
  const outcomes: string[] = []
  for (const { keys, heldBy, batchSize } of list) {
    const options = heldBy === undefined ? { batchSize } : { batchSize, heldBy }
    for await (const { outcome } of importAll(store, keys, options)) {
      if (outcomes.push(outcome) >= limit) return outcomes
    }
  }
  return outcomes
}

/** The copies of a store: reading a version a second time may tell more of what it has, and no less. */
async function copiesOf(store: RoomKeyStore): Promise<Readonly<Record<string, unknown>>> {
  const entries = Object.entries(await contentOf(store))
  return Object.fromEntries(
    entries.map(([address, { copies, revision }]) => [address, { copies, revision }]),
  )
}

let databases = 0
async function withDatabase<T>(run: (store: RoomKeyStore) => Promise<T>): Promise<T> {
  databases += 1
  const { store, close } = await openIndexedDbStore({ name: `property ${databases}` })
  try {
    return await run(store)
  } finally {
    close()
  }
}

test('any imports yield the same store in memory and in IndexedDB', async () => {
  await fc.assert(
    fc.asyncProperty(sources, async (list) => {
      const memory = createMemoryStore()
      const outcomes = await importSources(memory, list)
      await withDatabase(async (store) => {
        expect(await importSources(store, list)).toEqual(outcomes)
        expect(await contentOf(store)).toEqual(await contentOf(memory))
        for (const version of [backupVersion('1'), backupVersion('2')])
          expect(await store.counts(version)).toEqual(await memory.counts(version))
      })
    }),
    { numRuns: 100 },
  )
})

test('batches make no difference to what is stored', async () => {
  await fc.assert(
    fc.asyncProperty(sources, async (list) => {
      const [one, many] = [createMemoryStore(), createMemoryStore()]
      await importSources(
        one,
        list.map((each) => ({ ...each, batchSize: 1 })),
      )
      await importSources(
        many,
        list.map((each) => ({ ...each, batchSize: 100 })),
      )
      expect(await contentOf(many)).toEqual(await contentOf(one))
    }),
    { numRuns: 120 },
  )
})

test('an import that was cancelled anywhere is completed by running it again', async () => {
  await fc.assert(
    fc.asyncProperty(sources, fc.nat({ max: 40 }), async (list, limit) => {
      const [whole, cut] = [createMemoryStore(), createMemoryStore()]
      await importSources(whole, list)
      await importSources(cut, list, limit + 1)
      await importSources(cut, list)
      expect(await copiesOf(cut)).toEqual(await copiesOf(whole))
    }),
    { numRuns: 200 },
  )
})

test('importing everything again changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(sources, async (list) => {
      const store = createMemoryStore()
      await importSources(store, list)
      const before = await copiesOf(store)
      const outcomes = await importSources(store, list)
      expect(outcomes.filter((each) => each !== 'unchanged' && each !== 'refused')).toEqual([])
      expect(await copiesOf(store)).toEqual(before)
    }),
    { numRuns: 120 },
  )
})

/** Forged copies: fewer than would fill the store, and of no authenticated origin. */
const forged = fc.array(
  fc.record({
    index: fc.constantFrom(...INDEXES),
    ratchet: fc.integer({ min: 1, max: 3 }),
    kind: fc.constantFrom(...FORGERS),
  }),
  { maxLength: MAX_CANDIDATES - 1 },
)

test('a genuine session is neither lost nor made worse by forged copies, in any order', async () => {
  const genuine = fc.record({
    index: fc.constantFrom(...INDEXES),
    kind: fc.constantFrom(...KINDS),
  })
  const shuffled = fc
    .tuple(genuine, forged)
    .chain(([first, others]) =>
      fc.tuple(
        fc.constant(first),
        fc.shuffledSubarray([first, ...others], { minLength: others.length + 1 }),
      ),
    )
  await fc.assert(
    fc.asyncProperty(shuffled, async ([drawn, all]) => {
      const store = createMemoryStore()
      await importSources(store, [{ keys: all.map(keyOf), heldBy: undefined, batchSize: 2 }])
      const session = await store.get(keyOf(drawn))
      const copies = session?.copies ?? []
      const own = copies.find((copy) => copy.session.session_key === sessionKeyOf(drawn))
      expect(own?.origins).toEqual([{ fromIndex: drawn.index, provenance: { kind: drawn.kind } }])
      expect(own?.session).toEqual(keyOf(drawn).session)
      const beside = copies.filter((each) => each !== own)
      const isEarlier = beside.every(
        ({ origins: [first] }) => first !== undefined && first.fromIndex < drawn.index,
      )
      expect(!isVouchedFor(drawn.kind) || isEarlier).toBe(true)
    }),
    { numRuns: 400 },
  )
})
