/** Going through sessions while they change, and whatever they are called. */
import type { RoomId } from '@roomkeys/types'
import type { RoomKeyStore, StoredSession } from '../../ports/room-key-store.ts'
import {
  addressesIn,
  addressOf,
  fill,
  HOSTILE_IDS,
  marking,
  nextRevision,
  SECOND,
  sortedAddresses,
} from './sessions.ts'
import { assert, assertEqual, collect, type SuiteCase } from './suite-case.ts'

/** More than implementations read at once. */
const MANY = 700

const ROOM = '!room:example.org'
const MANY_ADDRESSES = addressesIn(ROOM, MANY)
const { roomId: ROOM_ID } = addressOf(ROOM, '')

/** Updates everything and adds some, on both sides of where an iteration may be. */
async function disturb(store: RoomKeyStore, round: number): Promise<void> {
  const added = [addressOf(ROOM, ` before ${round}`), addressOf(ROOM, `~ after ${round}`)]
  await store.update([...MANY_ADDRESSES, ...added], nextRevision)
}

async function iterateDisturbed(store: RoomKeyStore, roomId?: RoomId): Promise<void> {
  await fill(store, MANY_ADDRESSES)
  const seen: StoredSession[] = []
  for await (const session of store.sessions(roomId)) {
    const position = seen.push(session)
    if (position % 100 === 1 && position < MANY) await disturb(store, position)
  }
  const names = new Set(sortedAddresses(MANY_ADDRESSES))
  const found = sortedAddresses(seen).filter((name) => names.has(name))
  assertEqual(found, sortedAddresses(MANY_ADDRESSES), 'each session that was there, once')
  assertEqual(new Set(sortedAddresses(seen)).size, seen.length, 'sessions, none of them twice')
}

async function stableOrder(open: () => Promise<RoomKeyStore>): Promise<void> {
  const store = await open()
  await fill(store, MANY_ADDRESSES)
  const order = (sessions: readonly StoredSession[]) => sessions.map(({ sessionId }) => sessionId)
  const before = order(await collect(store.sessions()))
  assertEqual(order(await collect(store.sessions())), before, 'order of the second time')
  await store.update(MANY_ADDRESSES.toReversed(), nextRevision)
  await store.update(MANY_ADDRESSES.slice(7, 90), marking(SECOND, 'stored'))
  assertEqual(order(await collect(store.sessions())), before, 'order after changes')
  assertEqual(order(await collect(store.sessions(ROOM_ID))), before, 'order within the room')
}

async function hostileIds(open: () => Promise<RoomKeyStore>): Promise<void> {
  const store = await open()
  const all = HOSTILE_IDS.flatMap((room) => HOSTILE_IDS.map((id) => addressOf(room, id)))
  await fill(store, all)
  await store.update(all, nextRevision)
  for (const address of all)
    assertEqual(
      { ...(await store.get(address)), copies: [] },
      { ...address, copies: [], revision: 2, upload: null },
      'a session with odd ids',
    )
  assertEqual(sortedAddresses(await collect(store.sessions())), sortedAddresses(all), 'sessions')
  for (const room of HOSTILE_IDS) {
    const { roomId } = addressOf(room, '')
    const expected = HOSTILE_IDS.map((id) => addressOf(room, id))
    const found = sortedAddresses(await collect(store.sessions(roomId)))
    assertEqual(
      found,
      sortedAddresses(expected),
      `sessions of ${JSON.stringify(room).slice(0, 40)}`,
    )
  }
}

/** Cases of iterations and names. */
export const iterationCases: readonly SuiteCase<RoomKeyStore>[] = [
  {
    title: 'every session comes once while sessions are changed and added',
    run: async (open) => {
      await iterateDisturbed(await open())
    },
  },
  {
    title: 'every session of a room comes once while sessions are changed and added',
    run: async (open) => {
      await iterateDisturbed(await open(), ROOM_ID)
    },
  },
  { title: 'the order stays when sessions change', run: stableOrder },
  { title: 'room ids and session ids may be any strings', run: hostileIds },
  {
    title: 'a session id in two rooms is two sessions',
    run: async (open) => {
      const store = await open()
      const [first, second] = [addressOf('!a', 'id'), addressOf('!b', 'id')]
      await fill(store, [first, second])
      await store.update([second], nextRevision)
      const revisions = [await store.get(first), await store.get(second)]
      assertEqual(
        revisions.map((session) => session?.revision),
        [1, 2],
        'revisions',
      )
    },
  },
  {
    title: 'an iteration may be left, and others run beside it',
    run: async (open) => {
      const store = await open()
      await fill(store, MANY_ADDRESSES)
      for await (const session of store.sessions()) {
        const [all, room] = await Promise.all([
          collect(store.sessions()),
          collect(store.sessions(session.roomId)),
        ])
        assertEqual([all.length, room.length], [MANY, MANY], 'sessions beside an iteration')
        break
      }
      await store.update(MANY_ADDRESSES, nextRevision)
      const revisions = (await collect(store.sessions())).map(({ revision }) => revision)
      assert(
        revisions.every((revision) => revision === 2),
        'an iteration that was left keeps no update out',
      )
    },
  },
]
