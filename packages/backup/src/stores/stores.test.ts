import 'fake-indexeddb/auto'
import { afterEach, describe, expect, test } from 'vitest'
import { openIndexedDbStore } from '../indexeddb.ts'
import { createMemoryJournal, createMemoryStore } from '../memory.ts'
import type { Journal, RoomKeyStore } from '../ports.ts'
import { journalSuite, roomKeyStoreSuite, type SuiteCase } from '../store-suite.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

let databases = 0
async function openDatabase() {
  databases += 1
  const opened = await openIndexedDbStore({ name: `store ${databases}` })
  closing.push(opened.close)
  return opened
}

const STORES: readonly (readonly [string, () => Promise<RoomKeyStore>])[] = [
  ['memory', () => Promise.resolve(createMemoryStore())],
  ['IndexedDB', async () => (await openDatabase()).store],
]

describe.each(STORES)('a store in %s', (_, open) => {
  test.each(roomKeyStoreSuite)('$title', async ({ run }) => {
    await expect(run(open)).resolves.toBeUndefined()
  })
})

const JOURNALS: readonly (readonly [string, () => Promise<Journal>])[] = [
  ['memory', () => Promise.resolve(createMemoryJournal())],
  ['IndexedDB', async () => (await openDatabase()).journal],
]

describe.each(JOURNALS)('a journal in %s', (_, open) => {
  test.each(journalSuite)('$title', async ({ run }) => {
    await expect(run(open)).resolves.toBeUndefined()
  })
})

describe('the suite finds what is wrong', () => {
  const memory = (): Promise<RoomKeyStore> => Promise.resolve(createMemoryStore())

  /** Titles of the cases that fail for a broken store. */
  async function failing(
    cases: readonly SuiteCase<RoomKeyStore>[],
    broken: (store: RoomKeyStore) => RoomKeyStore,
  ): Promise<readonly string[]> {
    const titles: string[] = []
    for (const { title, run } of cases)
      await run(async () => broken(await memory())).catch(() => titles.push(title))
    return titles
  }

  const BROKEN: readonly (readonly [string, (store: RoomKeyStore) => RoomKeyStore, string])[] = [
    [
      'writes before a later decision throws',
      (store) => ({
        ...store,
        update: async (addresses, decide) => {
          for (const address of addresses) await store.update([address], decide)
        },
      }),
      'when a decision throws, nothing is written',
    ],
    [
      'decides on what it read before',
      (store) => ({
        ...store,
        update: async (addresses, decide) => {
          const held = await Promise.all(addresses.map(store.get))
          await store.update(addresses, (_, address) => {
            const position = addresses.findIndex((one) => one.sessionId === address.sessionId)
            return decide(held[position] ?? null, address)
          })
        },
      }),
      'updates at once follow one another',
    ],
    [
      'has one flag for all versions',
      (store) => ({
        ...store,
        pending: async (_, limit) => {
          const pending = []
          for await (const session of store.sessions())
            if (session.upload === null && pending.length < limit) pending.push(session)
          return pending
        },
      }),
      'another version has everything pending, and nothing is rewritten',
    ],
    [
      'pages by number',
      (store) => ({
        ...store,
        sessions: async function* (roomId) {
          const ordered = async () => {
            const all = []
            for await (const session of store.sessions(roomId)) all.push(session)
            return all.toSorted((a, b) => (a.sessionId < b.sessionId ? -1 : 1))
          }
          for (let position = 0; ; position += 50) {
            const page = (await ordered()).slice(position, position + 50)
            yield* page
            if (page.length === 0) return
          }
        },
      }),
      'every session comes once while sessions are changed and added',
    ],
  ]

  test.each(BROKEN)('a store that %s', async (_, broken, title) => {
    expect(await failing(roomKeyStoreSuite, broken)).toContain(title)
  })
})
