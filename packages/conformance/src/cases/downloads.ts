/** Downloads: one key, a room, everything. */
import type { ConformanceCase } from '../case.ts'
import { expectEqual, expectOk, expectRefused, NOT_FOUND } from '../checks.ts'
import { keyOf, objectFrom, roomsOf } from '../fixtures.ts'
import { specOf } from '../operations.ts'
import {
  expectKey,
  keyPath,
  keysPath,
  newPlace,
  newVersion,
  roomsIn,
  sessionsIn,
  upload,
} from '../requests.ts'

export const DOWNLOAD_CASES: readonly ConformanceCase[] = [
  {
    id: 'H11',
    title: 'The keys of a version that was never issued are 404 M_NOT_FOUND',
    source: specOf('K6'),
    severity: 'must',
    operations: ['K4', 'K5', 'K6'],
    effect: 'reads',
    async run({ user, roomId, sessionId }) {
      const [room, session] = [roomId(), sessionId()]
      for (const ids of [[], [room], [room, session]])
        expectRefused(await user.get(keysPath('bogus_version', ...ids)), NOT_FOUND)
    },
  },
  {
    id: 'H12',
    title: 'An empty backup is downloaded as {"rooms":{}}',
    source: specOf('K6'),
    severity: 'must',
    operations: ['V1', 'K6'],
    async run({ user }) {
      const version = await newVersion(user)
      expectEqual(expectOk(await user.get(keysPath(version))), { rooms: {} }, 'the backup')
    },
  },
  {
    id: 'H16',
    title: 'One uploaded key is what all three downloads return',
    source: specOf('K4'),
    severity: 'must',
    operations: ['V1', 'K1', 'K4', 'K5', 'K6'],
    async run(context) {
      const { user } = context
      const place = await newPlace(context)
      const { version, room, session } = place
      const key = keyOf([false, 5, 1])
      await upload(user, keyPath(place), key)
      expectEqual(expectOk(await user.get(keyPath(place))), key, 'K4')
      const sessions = objectFrom([[session, key]])
      expectEqual(expectOk(await user.get(keysPath(version, room))), { sessions }, 'K5')
      const all = roomsOf(room, [[session, key]])
      expectEqual(expectOk(await user.get(keysPath(version))), all, 'K6')
    },
  },
  {
    id: 'Y3',
    title:
      'An empty backup: no session is 404, no room is {"sessions":{}}, no keys is {"rooms":{}}',
    source: specOf('K5'),
    severity: 'must',
    operations: ['V1', 'K4', 'K5', 'K6'],
    async run(context) {
      const { user } = context
      const { version, room, session } = await newPlace(context)
      expectRefused(await user.get(keysPath(version, room, session)), NOT_FOUND)
      expectEqual(expectOk(await user.get(keysPath(version, room))), { sessions: {} }, 'K5')
      expectEqual(expectOk(await user.get(keysPath(version))), { rooms: {} }, 'K6')
      expectRefused(await user.get(keysPath('bogusversion')), NOT_FOUND)
    },
  },
  {
    id: 'Y4',
    title: 'A key comes back as it was stored, is_verified as a boolean',
    source: specOf('K4'),
    severity: 'must',
    operations: ['V1', 'K1', 'K4'],
    async run(context) {
      const { user, fixtures } = context
      const place = await newPlace(context)
      const plain = keyOf([false, 3, 0])
      const key = fixtures === 'lenient' ? { ...plain, session_data: 'anopaquestring' } : plain
      await upload(user, keyPath(place), key)
      await expectKey(user, keyPath(place), key)
    },
  },
  {
    id: 'D7',
    title: 'Everything of an empty version is 200',
    source: specOf('K6'),
    severity: 'must',
    operations: ['V1', 'K6'],
    async run(context) {
      const { version } = await newPlace(context)
      expectEqual(await roomsIn(context.user, version), {}, 'the rooms')
    },
  },
  {
    id: 'D8',
    title: 'An unknown room is 200 without sessions',
    source: specOf('K5'),
    severity: 'must',
    operations: ['V1', 'K1', 'K5'],
    async run(context) {
      const place = await newPlace(context)
      await upload(context.user, keyPath(place), keyOf())
      expectEqual(await sessionsIn(context.user, place.version, context.roomId()), {}, 'sessions')
    },
  },
  {
    id: 'D9',
    title: 'An unknown session is 404, in a known room as well',
    source: specOf('K4'),
    severity: 'must',
    operations: ['V1', 'K1', 'K4'],
    async run(context) {
      const { user, sessionId, roomId } = context
      const place = await newPlace(context)
      await upload(user, keyPath(place), keyOf())
      expectRefused(await user.get(keyPath({ ...place, session: sessionId() })), NOT_FOUND)
      expectRefused(await user.get(keyPath({ ...place, room: roomId() })), NOT_FOUND)
    },
  },
  {
    id: 'D18',
    title: 'Everything of a version that holds keys is 200, by room',
    source: specOf('K6'),
    severity: 'must',
    operations: ['V1', 'K3', 'K6'],
    async run(context) {
      const { version, room, session } = await newPlace(context)
      const body = roomsOf(room, [[session, keyOf()]])
      await upload(context.user, keysPath(version), body)
      expectEqual(expectOk(await context.user.get(keysPath(version))), body, 'the backup')
    },
  },
  {
    id: 'D19',
    title: 'A room is 200 with its sessions and no others',
    source: specOf('K5'),
    severity: 'must',
    operations: ['V1', 'K1', 'K5'],
    async run(context) {
      const { user } = context
      const place = await newPlace(context)
      await upload(user, keyPath(place), keyOf())
      const elsewhere = { ...place, room: context.roomId(), session: context.sessionId() }
      await upload(user, keyPath(elsewhere), keyOf())
      const expected = objectFrom([[place.session, keyOf()]])
      expectEqual(await sessionsIn(user, place.version, place.room), expected, 'sessions')
    },
  },
  {
    id: 'D20',
    title: 'A session is 200 with the four members of a key',
    source: specOf('K4'),
    severity: 'must',
    operations: ['V1', 'K1', 'K4'],
    async run(context) {
      const place = await newPlace(context)
      await upload(context.user, keyPath(place), keyOf([true, 7, 3]))
      await expectKey(context.user, keyPath(place), keyOf([true, 7, 3]))
    },
  },
  {
    id: 'K6-old',
    title: 'A version that is not current stays readable in all three ways',
    source: specOf('K6'),
    severity: 'must',
    operations: ['V1', 'K1', 'K4', 'K5', 'K6'],
    async run(context) {
      const { user } = context
      const place = await newPlace(context)
      await upload(user, keyPath(place), keyOf())
      await newVersion(user)
      const sessions = objectFrom([[place.session, keyOf()]])
      await expectKey(user, keyPath(place), keyOf())
      expectEqual(await sessionsIn(user, place.version, place.room), sessions, 'K5')
      const rooms = objectFrom([[place.room, { sessions }]])
      expectEqual(await roomsIn(user, place.version), rooms, 'K6')
    },
  },
]
