/** What an update does: whole or not at all, one after the other. */
import type { RoomKeyStore, StoredSession } from '../../ports/room-key-store.ts'
import { addressesIn, addressOf, FIRST, fill, nextRevision, put, sessionAt } from './sessions.ts'
import { assert, assertEqual, collect, rejection, type SuiteCase } from './suite-case.ts'

const ADDRESS = addressOf('!room:example.org', 'session')
const OTHER = addressOf('!room:example.org', 'other session')

/** A session with everything that one can have. */
const FULL: StoredSession = {
  ...ADDRESS,
  copies: [
    {
      session: {
        algorithm: 'm.megolm.v1.aes-sha2',
        forwarding_curve25519_key_chain: ['one', 'two'],
        sender_key: 'sender key',
        sender_claimed_keys: { ed25519: 'key', ['__proto__']: 'key', constructor: 'key' },
        session_key: 'session key',
        'm.shared_history': true,
        'org.example.unknown': { list: [1, -0.5, null, '\ud800', { ['__proto__']: false }] },
        ['__proto__']: { polluted: true },
      },
      origins: [
        { fromIndex: 0, provenance: { kind: 'unauthenticated_backup' } },
        { fromIndex: 7, provenance: { kind: 'key_bundle', from: '@a:example.org' } },
        { fromIndex: 0xffffffff, provenance: { kind: 'direct' } },
      ],
    },
    ...sessionAt(ADDRESS).copies,
  ],
  revision: Number.MAX_SAFE_INTEGER,
  upload: { version: FIRST, revision: 3, state: 'refused' },
}

async function increments(open: () => Promise<RoomKeyStore>): Promise<void> {
  const store = await open()
  const rounds = Array.from({ length: 40 }, (_, round) => round)
  await Promise.all(
    rounds.map((round) =>
      store.update(round % 2 ? [ADDRESS, OTHER] : [OTHER, ADDRESS], nextRevision),
    ),
  )
  assertEqual((await store.get(ADDRESS))?.revision, 40, 'revision after 40 updates at once')
  assertEqual((await store.get(OTHER))?.revision, 40, 'revision of the other one')
}

async function throwingDecision(open: () => Promise<RoomKeyStore>): Promise<void> {
  const store = await open()
  await fill(store, [ADDRESS])
  const reason = new Error('This decision throws on purpose')
  const addresses = [ADDRESS, ...addressesIn('!room:example.org', 20), OTHER]
  const updating = store.update(addresses, (held, address) => {
    if (address.sessionId === OTHER.sessionId) throw reason
    return nextRevision(held, address)
  })
  const error = await rejection(updating, 'an update whose decision throws')
  assert(error === reason, 'the update rejects with the very error of the decision')
  assertEqual(await collect(store.sessions()), [sessionAt(ADDRESS)], 'sessions after it')
  await store.update([ADDRESS], nextRevision)
  assertEqual((await store.get(ADDRESS))?.revision, 2, 'revision after the next update')
}

/** Cases of reading and writing. */
export const updateCases: readonly SuiteCase<RoomKeyStore>[] = [
  {
    title: 'an empty store holds nothing',
    run: async (open) => {
      const store = await open()
      assertEqual(await store.get(ADDRESS), null, 'a session that is not there')
      assertEqual(await store.pending(FIRST, 10), [], 'pending sessions')
      assertEqual(await store.counts(FIRST), { total: 0, pending: 0 }, 'counts')
      assertEqual(await collect(store.sessions()), [], 'sessions')
      assertEqual(await collect(store.sessions(ADDRESS.roomId)), [], 'sessions of a room')
    },
  },
  {
    title: 'two stores share nothing',
    run: async (open) => {
      const [store, other] = [await open(), await open()]
      await fill(store, [ADDRESS])
      assertEqual(await other.get(ADDRESS), null, 'a session of another store')
    },
  },
  {
    title: 'a session is read back with all that it has',
    run: async (open) => {
      const store = await open()
      await put(store, FULL)
      assertEqual(await store.get(ADDRESS), FULL, 'get')
      assertEqual(await store.pending(FIRST, 1), [FULL], 'pending')
      assertEqual(await collect(store.sessions()), [FULL], 'sessions')
    },
  },
  {
    title: 'a session of a megabyte is read back',
    run: async (open) => {
      const store = await open()
      const [copy] = sessionAt(ADDRESS).copies
      if (copy === undefined) throw new TypeError('A session has a copy')
      const session = { ...copy.session, 'org.example.big': '\ud83d\udd11'.repeat(2 ** 18) }
      const big = { ...sessionAt(ADDRESS), copies: [{ ...copy, session }] }
      await put(store, big)
      assertEqual(await store.get(ADDRESS), big, 'get')
    },
  },
  {
    title: 'a decision sees what is held and where, and null leaves it there',
    run: async (open) => {
      const store = await open()
      await fill(store, [ADDRESS])
      const seen: unknown[] = []
      await store.update([ADDRESS, OTHER], (held, { roomId, sessionId }) => {
        seen.push({ held, roomId, sessionId })
        return null
      })
      const expected = [
        { held: sessionAt(ADDRESS), ...ADDRESS },
        { held: null, ...OTHER },
      ]
      assertEqual(seen.slice(-2), expected, 'what the decisions saw')
      assertEqual(await collect(store.sessions()), [sessionAt(ADDRESS)], 'sessions')
    },
  },
  {
    title: 'an address that comes twice sees its own earlier decision',
    run: async (open) => {
      const store = await open()
      await store.update([ADDRESS, OTHER, ADDRESS, ADDRESS], nextRevision)
      assertEqual(await store.get(ADDRESS), sessionAt(ADDRESS, 3), 'after three decisions')
      assertEqual(await store.get(OTHER), sessionAt(OTHER, 1), 'after one decision')
    },
  },
  {
    title: 'an update of no addresses does nothing',
    run: async (open) => {
      const store = await open()
      await store.update([], nextRevision)
      assertEqual(await store.counts(FIRST), { total: 0, pending: 0 }, 'counts')
    },
  },
  { title: 'when a decision throws, nothing is written', run: throwingDecision },
  { title: 'updates at once follow one another', run: increments },
  {
    title: 'what was read does not change with what is written later',
    run: async (open) => {
      const store = await open()
      await fill(store, [ADDRESS])
      const before = await store.get(ADDRESS)
      await store.update([ADDRESS], nextRevision)
      assertEqual(before, sessionAt(ADDRESS), 'the session that was read before')
    },
  },
]
