/** What becomes of the keys that a version takes: stored, replaced or dropped, one by one. */
import type { ConformanceCase } from '../case.ts'
import { expectDifferent, expectEqual, expectRefused } from '../checks.ts'
import { authDataOf, keyOf, objectFrom, type Rank, roomsOf, sessionsOf } from '../fixtures.ts'
import { specOf } from '../operations.ts'
import {
  expectKey,
  infoOf,
  keyPath,
  keysPath,
  newPlace,
  roomsIn,
  state,
  upload,
} from '../requests.ts'
import { decision, msc } from '../source.ts'

export const MERGING_CASES: readonly ConformanceCase[] = [
  {
    id: 'Y5',
    title: 'A better copy of a key replaces the stored one',
    source: specOf('K1'),
    severity: 'must',
    operations: ['V1', 'K1', 'K4'],
    async run(context) {
      const place = await newPlace(context)
      await upload(context.user, keyPath(place), keyOf([false, 2, 0], 'old'))
      await upload(context.user, keyPath(place), keyOf([false, 1, 0], 'new'))
      await expectKey(context.user, keyPath(place), keyOf([false, 1, 0], 'new'))
    },
  },
  {
    id: 'Y6',
    title: 'A worse copy of a key is dropped, and the answer is 200',
    source: specOf('K1'),
    severity: 'must',
    operations: ['V1', 'K1', 'K4'],
    async run(context) {
      const place = await newPlace(context)
      await upload(context.user, keyPath(place), keyOf([false, 2, 0], 'old'))
      await upload(context.user, keyPath(place), keyOf([false, 3, 0], 'new'))
      await expectKey(context.user, keyPath(place), keyOf([false, 2, 0], 'old'))
    },
  },
  {
    id: 'H17',
    title: 'Copies of one key are merged, and the etag moves with replacements alone',
    source: msc(1219),
    severity: 'must',
    operations: ['V1', 'V3', 'K1', 'K4'],
    async run(context) {
      const { user } = context
      const place = await newPlace(context)
      const send = (rank: Rank, label: string): ReturnType<typeof upload> =>
        upload(user, keyPath(place), keyOf(rank, label))
      const first = await send([false, 1, 1], 'first')
      expectEqual(first.count, 1, 'count')
      expectEqual(await send([false, 2, 1], 'later'), first, 'state after a worse copy')
      await expectKey(user, keyPath(place), keyOf([false, 1, 1], 'first'))
      const verified = await send([true, 2, 1], 'verified')
      expectEqual(verified.count, 1, 'count')
      expectDifferent(verified.etag, first.etag, 'the etag after a replacement')
      expectEqual(await send([true, 2, 2], 'forwarded'), verified, 'state after a worse copy')
      await expectKey(user, keyPath(place), keyOf([true, 2, 1], 'verified'))
    },
  },
  {
    id: 'N3-worse',
    title: 'A bulk upload of worse copies is 200 and changes neither count nor etag',
    source: msc(1219),
    severity: 'must',
    operations: ['V1', 'V3', 'K2', 'K3'],
    async run(context) {
      const { version, room } = await newPlace(context)
      const ids = Array.from({ length: 5 }, context.sessionId)
      const all = (rank: Rank): (readonly [string, unknown])[] => ids.map((id) => [id, keyOf(rank)])
      const before = await upload(context.user, keysPath(version), roomsOf(room, all([true, 3, 1])))
      expectEqual(before.count, 5, 'count')
      const worse = all([false, 4, 1])
      const byRoom = await upload(context.user, keysPath(version, room), sessionsOf(worse))
      expectEqual(byRoom, before, 'state after K2')
      const byAll = await upload(context.user, keysPath(version), roomsOf(room, worse))
      expectEqual(byAll, before, 'state after K3')
      expectEqual(await state(context.user, version), before, 'state of V3')
    },
  },
  {
    id: 'N3-mixed',
    title: 'A bulk upload judges every key by itself, and counts the new ones',
    source: msc(1219),
    severity: 'must',
    operations: ['V1', 'V3', 'K3', 'K5'],
    async run(context) {
      const { version, room } = await newPlace(context)
      const [better, worse, added] = [context.sessionId(), context.sessionId(), context.sessionId()]
      const stored = [better, worse].map((id) => [id, keyOf([false, 5, 0], 'old')] as const)
      const before = await upload(context.user, keysPath(version), roomsOf(room, stored))
      const mixed = roomsOf(room, [
        [better, keyOf([false, 4, 0], 'new')],
        [worse, keyOf([false, 6, 0], 'new')],
        [added, keyOf([false, 9, 0], 'new')],
      ])
      const after = await upload(context.user, keysPath(version), mixed)
      expectEqual(after.count, 3, 'count')
      expectDifferent(after.etag, before.etag, 'the etag')
      expectEqual(await state(context.user, version), after, 'state of V3')
      for (const [session, key] of [
        [better, keyOf([false, 4, 0], 'new')],
        [worse, keyOf([false, 5, 0], 'old')],
        [added, keyOf([false, 9, 0], 'new')],
      ] as const)
        await expectKey(context.user, keysPath(version, room, session), key)
    },
  },
  {
    id: 'N4',
    title: 'Empty uploads are 200 and change nothing, auth_data included',
    source: specOf('K3'),
    severity: 'must',
    operations: ['V1', 'V2', 'K1', 'K2', 'K3'],
    async run(context) {
      const place = await newPlace(context)
      await upload(context.user, keyPath(place), keyOf())
      const before = await infoOf(context.user)
      const { version, room } = place
      const expected = { count: before.count, etag: before.etag }
      for (const [path, body] of [
        [keysPath(version), { rooms: {} }],
        [keysPath(version), { rooms: objectFrom([[room, { sessions: {} }]]) }],
        [keysPath(version, room), { sessions: {} }],
      ] as const)
        expectEqual(await upload(context.user, path, body), expected, 'the answer')
      expectEqual(await infoOf(context.user), before, 'the version')
      expectEqual(before.auth_data, authDataOf(), 'auth_data')
    },
  },
  {
    id: 'N5',
    title: 'A bulk upload with one bad key stores none of the others',
    source: decision('a request that is refused changed nothing, or a client cannot repeat it'),
    severity: 'should',
    operations: ['V1', 'V3', 'K2', 'K3', 'K6'],
    async run(context) {
      const { version, room } = await newPlace(context)
      const { user } = context
      const before = await state(user, version)
      const keys = Array.from({ length: 60 }, (_, i) => {
        const key = i === 49 ? { ...keyOf(), is_verified: 'yes' } : keyOf()
        return [context.sessionId(), key] as const
      })
      const refusal = { statuses: [400], errcodes: ['M_INVALID_PARAM', 'M_BAD_JSON'] }
      expectRefused(await user.put(keysPath(version), roomsOf(room, keys)), refusal)
      expectRefused(await user.put(keysPath(version, room), sessionsOf(keys)), refusal)
      expectEqual(await roomsIn(user, version), {}, 'the rooms')
      expectEqual(await state(user, version), before, 'count and etag')
    },
  },
  {
    id: 'N3-rooms',
    title: 'One upload fills several rooms, and the count is of all of them',
    source: specOf('K3'),
    severity: 'must',
    operations: ['V1', 'K3', 'K6'],
    async run(context) {
      const { version } = await newPlace(context)
      const rooms = Array.from(
        { length: 3 },
        () =>
          [
            context.roomId(),
            sessionsOf([
              [context.sessionId(), keyOf()],
              [context.sessionId(), keyOf([true, 0, 2])],
            ]),
          ] as const,
      )
      const body = { rooms: objectFrom(rooms) }
      expectEqual((await upload(context.user, keysPath(version), body)).count, 6, 'count')
      expectEqual(await roomsIn(context.user, version), objectFrom(rooms), 'the rooms')
    },
  },
  {
    id: 'R5-repeat',
    title: 'The same upload a second time changes nothing: a client may repeat it',
    source: msc(1219),
    severity: 'must',
    operations: ['V1', 'K3'],
    async run(context) {
      const { version, room, session } = await newPlace(context)
      const body = roomsOf(room, [[session, keyOf([true, 4, 2])]])
      const first = await upload(context.user, keysPath(version), body)
      expectEqual(await upload(context.user, keysPath(version), body), first, 'the second answer')
    },
  },
]
