/** What is pending for a version: by present revision, and for any version at any time. */
import { backupVersion } from '@roomkeys/types'
import type { RoomKeyStore } from '../../ports/room-key-store.ts'
import type { SessionAddress } from '../../ports/room-keys-api.ts'
import {
  addressesIn,
  addressOf,
  fill,
  FIRST,
  HOSTILE_IDS,
  marking,
  nextRevision,
  put,
  SECOND,
  sessionAt,
  sortedAddresses,
} from './sessions.ts'
import { assert, assertEqual, collect, type SuiteCase } from './suite-case.ts'

const ADDRESSES = addressesIn('!room:example.org', 10)
const ONE: SessionAddress = addressOf('!room:example.org', 'session')
const BATCH = 100

async function versionChanges(open: () => Promise<RoomKeyStore>): Promise<void> {
  const store = await open()
  await fill(store, ADDRESSES)
  await store.update(ADDRESSES, marking(FIRST, 'stored'))
  const before = await collect(store.sessions())
  assertEqual(await store.counts(FIRST), { total: 10, pending: 0 }, 'counts of the first version')
  assertEqual(await store.counts(SECOND), { total: 10, pending: 10 }, 'counts of the second')
  assertEqual(await store.pending(FIRST, 20), [], 'pending for the first')
  const pending = await store.pending(SECOND, 20)
  assertEqual(sortedAddresses(pending), sortedAddresses(ADDRESSES), 'pending for the second')
  assertEqual(await collect(store.sessions()), before, 'sessions, which asking does not change')
  await store.update(ADDRESSES.slice(0, 3), marking(SECOND, 'stored'))
  assertEqual(await store.counts(FIRST), { total: 10, pending: 3 }, 'counts of the first again')
  assertEqual(await store.counts(SECOND), { total: 10, pending: 7 }, 'counts of the second again')
}

/** Uploads everything as an engine would; how many batches it took. */
async function drain(store: RoomKeyStore, version: typeof FIRST): Promise<number> {
  for (let batches = 0; ; batches++) {
    const pending = await store.pending(version, BATCH)
    if (pending.length === 0) return batches
    assert(pending.length <= BATCH, 'a batch is no longer than its limit')
    await store.update(pending, marking(version, 'stored'))
  }
}

async function manySessions(open: () => Promise<RoomKeyStore>): Promise<void> {
  const store = await open()
  const rooms = Array.from({ length: 12 }, (_, room) => addressesIn(`!room${room}`, 105))
  await Promise.all(rooms.map((addresses) => fill(store, addresses)))
  const all = rooms.flat()
  assertEqual(await store.counts(FIRST), { total: 1260, pending: 1260 }, 'counts')
  assertEqual(await drain(store, FIRST), 13, 'batches for the first version')
  assertEqual(await drain(store, SECOND), 13, 'batches for the second version')
  assertEqual(await store.counts(SECOND), { total: 1260, pending: 0 }, 'counts when all is done')
  const sessions = await collect(store.sessions())
  assertEqual(sortedAddresses(sessions), sortedAddresses(all), 'sessions')
}

async function hostileVersions(open: () => Promise<RoomKeyStore>): Promise<void> {
  const store = await open()
  const sessions = HOSTILE_IDS.map((name) => addressOf('!room:example.org', name))
  await fill(store, [ONE, ...sessions])
  for (const address of sessions)
    await store.update([address], marking(backupVersion(address.sessionId), 'stored'))
  const total = sessions.length + 1
  for (const { sessionId } of sessions) {
    const version = backupVersion(sessionId)
    const name = JSON.stringify(sessionId).slice(0, 40)
    assertEqual(await store.counts(version), { total, pending: total - 1 }, `counts of ${name}`)
    const pending = (await store.pending(version, total)).map((session) => session.sessionId)
    assertEqual(pending.length, total - 1, `pending for ${name}`)
    assert(!pending.includes(sessionId), `the session of ${name} is not pending for it`)
  }
}

/** Cases of uploads. */
export const pendingCases: readonly SuiteCase<RoomKeyStore>[] = [
  {
    title: 'a session is pending until its revision is stored or refused',
    run: async (open) => {
      const store = await open()
      for (const [position, state] of (['stored', 'refused'] as const).entries()) {
        const address = addressOf('!room:example.org', state)
        await fill(store, [address])
        assertEqual(await store.pending(FIRST, 9), [sessionAt(address)], `pending, not ${state}`)
        await store.update([address], marking(FIRST, state))
        assertEqual(await store.pending(FIRST, 9), [], `pending, once it is ${state}`)
        assertEqual(await store.counts(FIRST), { total: position + 1, pending: 0 }, 'counts')
      }
    },
  },
  {
    title: 'a session that changes is pending again',
    run: async (open) => {
      const store = await open()
      await fill(store, [ONE])
      await store.update([ONE], marking(FIRST, 'refused'))
      await store.update([ONE], nextRevision)
      const [session] = await store.pending(FIRST, 9)
      assertEqual(session?.revision, 2, 'revision of what is pending')
      assertEqual(session?.upload?.revision, 1, 'revision of its mark')
      assertEqual(await store.counts(FIRST), { total: 1, pending: 1 }, 'counts')
    },
  },
  {
    title: 'a mark of another revision settles nothing',
    run: async (open) => {
      const store = await open()
      for (const revision of [1, 3]) {
        const upload = { version: FIRST, revision, state: 'stored' } as const
        await put(store, { ...sessionAt(ONE, 2), upload })
        assertEqual(await store.counts(FIRST), { total: 1, pending: 1 }, `mark of ${revision} of 2`)
        assertEqual((await store.pending(FIRST, 9)).length, 1, `pending, mark of ${revision} of 2`)
      }
    },
  },
  {
    title: 'another version has everything pending, and nothing is rewritten',
    run: versionChanges,
  },
  {
    title: 'a limit is kept, and none is too small or too large',
    run: async (open) => {
      const store = await open()
      await fill(store, ADDRESSES)
      await store.update(ADDRESSES.slice(0, 5), marking(SECOND, 'stored'))
      for (const [limit, expected] of [
        [0, 0],
        [1, 1],
        [7, 7],
        [10, 10],
        [11, 10],
        [2 ** 40, 10],
        [Infinity, 10],
      ] as const)
        assertEqual((await store.pending(FIRST, limit)).length, expected, `limit ${limit}`)
    },
  },
  { title: 'a version may have any name', run: hostileVersions },
  { title: 'more than a thousand sessions are drained in batches, twice', run: manySessions },
]
