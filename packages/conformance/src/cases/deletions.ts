/** Deleting keys: one, a room's, all. */
import type { ConformanceCase } from '../case.ts'
import { expectDifferent, expectEqual, expectOk, expectRefused, NOT_FOUND } from '../checks.ts'
import { keyOf, objectFrom, sessionsOf } from '../fixtures.ts'
import { specOf } from '../operations.ts'
import {
  expectKey,
  keyPath,
  keysPath,
  newPlace,
  newVersion,
  remove,
  roomsIn,
  sessionsIn,
  state,
  upload,
} from '../requests.ts'
import { decision } from '../source.ts'

export const DELETION_CASES: readonly ConformanceCase[] = [
  {
    id: 'H18',
    title: 'An uploaded key is gone after deleting everything, its room, or itself',
    source: specOf('K9'),
    severity: 'must',
    operations: ['V1', 'K1', 'K4', 'K5', 'K6', 'K7', 'K8', 'K9'],
    async run(context) {
      const { user } = context
      const place = await newPlace(context)
      const { version, room, session } = place
      for (const ids of [[], [room], [room, session]]) {
        await upload(user, keyPath(place), keyOf())
        await remove(user, keysPath(version, ...ids))
        expectRefused(await user.get(keyPath(place)), NOT_FOUND)
        expectEqual(expectOk(await user.get(keysPath(version, room))), { sessions: {} }, 'K5')
        expectEqual(expectOk(await user.get(keysPath(version))), { rooms: {} }, 'K6')
      }
    },
  },
  {
    id: 'N9-counts',
    title: 'Deletions answer the new count and a new etag, and V3 says the same',
    source: specOf('K7'),
    severity: 'must',
    operations: ['V1', 'V3', 'K3', 'K7', 'K8', 'K9'],
    async run(context) {
      const { user } = context
      const { version, room, session } = await newPlace(context)
      const [second, third] = [context.roomId(), context.roomId()]
      const pair = sessionsOf([
        [context.sessionId(), keyOf()],
        [context.sessionId(), keyOf()],
      ])
      const rooms = objectFrom([
        [
          room,
          sessionsOf([
            [session, keyOf()],
            [context.sessionId(), keyOf()],
          ]),
        ],
        [second, pair],
        [third, pair],
      ])
      let before = await upload(user, keysPath(version), { rooms })
      expectEqual(before.count, 6, 'count')
      for (const [ids, count] of [
        [[room, session], 5],
        [[second], 3],
        [[], 0],
      ] as const) {
        const after = await remove(user, keysPath(version, ...ids))
        expectEqual(after.count, count, 'count')
        expectDifferent(after.etag, before.etag, 'the etag')
        expectEqual(await state(user, version), after, 'count and etag of V3')
        before = after
      }
    },
  },
  {
    id: 'N9-prefix',
    title: 'Deleting a session keeps those whose ids begin alike',
    source: specOf('K7'),
    severity: 'must',
    operations: ['V1', 'K2', 'K5', 'K7'],
    async run(context) {
      const { user } = context
      const { version, room, session } = await newPlace(context)
      const ids = [session, `${session}A`, `${session}/x`, session.slice(0, -1)]
      const keys = ids.map((id) => [id, keyOf()] as const)
      await upload(user, keysPath(version, room), sessionsOf(keys))
      expectEqual((await remove(user, keysPath(version, room, session))).count, 3, 'count')
      expectEqual(
        await sessionsIn(user, version, room),
        objectFrom(keys.slice(1)),
        'the other sessions',
      )
    },
  },
  {
    id: 'N9-rooms',
    title: 'Deleting a room keeps the other rooms, also those whose ids begin alike',
    source: specOf('K8'),
    severity: 'must',
    operations: ['V1', 'K3', 'K6', 'K8'],
    async run(context) {
      const { user } = context
      const { version, room, session } = await newPlace(context)
      const one = sessionsOf([[session, keyOf()]])
      const others = [`${room}x`, room.slice(0, -1), context.roomId()]
      const rest = objectFrom(others.map((id) => [id, one]))
      await upload(user, keysPath(version), {
        rooms: objectFrom([[room, one], ...Object.entries(rest)]),
      })
      expectEqual((await remove(user, keysPath(version, room))).count, 3, 'count')
      expectEqual(await roomsIn(user, version), rest, 'the other rooms')
    },
  },
  {
    id: 'N9-session',
    title: 'Deleting a session keeps the session of the same id in another room',
    source: specOf('K7'),
    severity: 'must',
    operations: ['V1', 'K1', 'K4', 'K7'],
    async run(context) {
      const { user } = context
      const place = await newPlace(context)
      const other = { ...place, room: context.roomId() }
      await upload(user, keyPath(place), keyOf())
      await upload(user, keyPath(other), keyOf())
      await remove(user, keyPath(place))
      await expectKey(user, keyPath(other), keyOf())
    },
  },
  {
    id: 'N9-old',
    title: 'Keys of a version that is not current can be deleted, and those of the current stay',
    source: specOf('K9'),
    severity: 'must',
    operations: ['V1', 'K1', 'K4', 'K7', 'K8', 'K9'],
    async run(context) {
      const { user } = context
      const old = await newPlace(context)
      const { version, room, session } = old
      const more = [context.sessionId(), context.sessionId()]
      const keys = [session, ...more].map((id) => [id, keyOf()] as const)
      await upload(user, keysPath(version, room), sessionsOf(keys))
      const current = { ...old, version: await newVersion(user) }
      await upload(user, keyPath(current), keyOf())
      expectEqual((await remove(user, keysPath(version, room, session))).count, 2, 'after K7')
      expectEqual((await remove(user, keysPath(version, room))).count, 0, 'after K8')
      expectEqual((await remove(user, keysPath(version))).count, 0, 'after K9')
      await expectKey(user, keyPath(current), keyOf())
    },
  },
  {
    id: 'N9-absent',
    title: 'Deleting what is not there is 200 with the count as it is',
    source: specOf('K7'),
    severity: 'must',
    operations: ['V1', 'K1', 'K7', 'K8'],
    async run(context) {
      const { user } = context
      const place = await newPlace(context)
      await upload(user, keyPath(place), keyOf())
      const { version, room } = place
      const absent = keysPath(version, room, context.sessionId())
      expectEqual((await remove(user, absent)).count, 1, 'count after K7')
      expectEqual((await remove(user, keysPath(version, context.roomId()))).count, 1, 'after K8')
      await expectKey(user, keyPath(place), keyOf())
    },
  },
  {
    id: 'N9-unknown',
    title: 'Deleting keys of a version that was never issued is 404',
    source: specOf('K9'),
    severity: 'must',
    operations: ['V1', 'K7', 'K8', 'K9'],
    async run(context) {
      const { user } = context
      const place = await newPlace(context)
      await upload(user, keyPath(place), keyOf())
      for (const ids of [[], [place.room], [place.room, place.session]])
        expectRefused(await user.delete(keysPath('bogus_version', ...ids)), NOT_FOUND)
      await expectKey(user, keyPath(place), keyOf())
    },
  },
  {
    id: 'N9-again',
    title: 'A key that was deleted can be uploaded again, a worse copy included',
    source: decision('what is deleted is no longer there to compare with'),
    severity: 'should',
    operations: ['V1', 'K1', 'K4', 'K7'],
    async run(context) {
      const { user } = context
      const place = await newPlace(context)
      await upload(user, keyPath(place), keyOf([true, 0, 0], 'best'))
      await remove(user, keyPath(place))
      await upload(user, keyPath(place), keyOf([false, 9, 9], 'worst'))
      await expectKey(user, keyPath(place), keyOf([false, 9, 9], 'worst'))
    },
  },
]
