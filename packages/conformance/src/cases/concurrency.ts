/** Requests at the same time. Every order of them is right; no mixture is. */
import type { ConformanceCase } from '../case.ts'
import { expectEqual, expectStatus, expectThat, WRONG_VERSION, expectRefused } from '../checks.ts'
import { keyOf, roomsOf } from '../fixtures.ts'
import { specOf } from '../operations.ts'
import {
  expectKey,
  infoOf,
  keyPath,
  keysPath,
  newPlace,
  newVersion,
  removeVersion,
  roomsIn,
  state,
  upload,
  versionPath,
} from '../requests.ts'
import { decision } from '../source.ts'

const AT_ONCE = 20

export const CONCURRENCY_CASES: readonly ConformanceCase[] = [
  {
    id: 'N6-same',
    title: 'Twenty uploads of one session at once: the best copy stays, and it counts once',
    source: specOf('K1'),
    severity: 'must',
    operations: ['V1', 'V3', 'K1', 'K4'],
    async run(context) {
      const { user } = context
      const place = await newPlace(context)
      const indexes = Array.from({ length: AT_ONCE }, (_, i) => (i * 7) % AT_ONCE)
      const states = await Promise.all(
        indexes.map((index) => upload(user, keyPath(place), keyOf([false, index, 0], `${index}`))),
      )
      for (const { count } of states) expectEqual(count, 1, 'the count of each answer')
      await expectKey(user, keyPath(place), keyOf([false, 0, 0], '0'))
      expectEqual((await state(user, place.version)).count, 1, 'count')
    },
  },
  {
    id: 'N6-different',
    title: 'Twenty uploads of different sessions at once: all are stored, each with its own etag',
    source: specOf('K1'),
    severity: 'must',
    operations: ['V1', 'V3', 'K1', 'K6'],
    async run(context) {
      const { user } = context
      const { version, room } = await newPlace(context)
      const ids = Array.from({ length: AT_ONCE }, context.sessionId)
      const states = await Promise.all(
        ids.map((id) => upload(user, keysPath(version, room, id), keyOf())),
      )
      expectEqual((await state(user, version)).count, AT_ONCE, 'count')
      expectEqual(new Set(states.map(({ etag }) => etag)).size, AT_ONCE, 'number of etags')
      const counts = states.map(({ count }) => count).toSorted((a, b) => a - b)
      const expected = Array.from({ length: AT_ONCE }, (_, i) => i + 1)
      expectEqual(counts, expected, 'the counts of the answers')
    },
  },
  {
    id: 'N7',
    title: 'Ten versions created at once have ten ids, and the current one is one of them',
    source: specOf('V1'),
    severity: 'must',
    operations: ['V1', 'V2', 'V3'],
    async run({ user }) {
      const made = await Promise.all(Array.from({ length: 10 }, () => newVersion(user)))
      expectEqual(new Set(made).size, 10, 'number of ids')
      const { version } = await infoOf(user)
      expectThat(made.includes(version), `expected version ${version} among those created`)
      for (const id of made) expectEqual((await infoOf(user, id)).version, id, 'version')
    },
  },
  {
    id: 'N8',
    title: 'Uploads beside the creation of a version are stored whole in the old one, or refused',
    source: decision('half an upload in each of two versions could never be told from a loss'),
    severity: 'should',
    operations: ['V1', 'K3', 'K6'],
    async run(context) {
      const { user } = context
      const { version } = await newPlace(context)
      const rooms = Array.from({ length: 8 }, context.roomId)
      const batch = (): (readonly [string, unknown])[] =>
        Array.from({ length: 10 }, () => [context.sessionId(), keyOf()])
      const uploads = rooms.map((room) => user.put(keysPath(version), roomsOf(room, batch())))
      const [created, answers] = await Promise.all([newVersion(user), Promise.all(uploads)])
      const stored = await roomsIn(user, version)
      for (const [i, answer] of answers.entries()) {
        const accepted = expectStatus(answer, 200, 403).status === 200
        if (!accepted)
          expectEqual(
            expectRefused(answer, WRONG_VERSION)['current_version'],
            created,
            'current_version',
          )
        const held = Object.hasOwn(stored, rooms[i] ?? '')
        expectEqual(held, accepted, 'whether the old version holds the room')
      }
      const accepted = answers.filter(({ status }) => status === 200).length
      expectEqual((await state(user, version)).count, accepted * 10, 'the count of the old version')
      expectEqual(await roomsIn(user, created), {}, 'the rooms of the new version')
    },
  },
  {
    id: 'N8-delete',
    title: 'Uploads beside the deletion of their version are refused or go with it',
    source: decision('keys of a version that is gone would never be found again'),
    severity: 'should',
    operations: ['V1', 'V2', 'V5', 'K1'],
    async run(context) {
      const { user } = context
      const { version, room } = await newPlace(context)
      const uploads = Array.from({ length: AT_ONCE }, () =>
        user.put(keysPath(version, room, context.sessionId()), keyOf()),
      )
      const [, answers] = await Promise.all([removeVersion(user, version), Promise.all(uploads)])
      for (const answer of answers) expectStatus(answer, 200, 404)
      expectStatus(await user.get(versionPath(version)), 404)
      const next = await newVersion(user)
      expectEqual((await state(user, next)).count, 0, 'the count of the next version')
    },
  },
  {
    id: 'N6-mixed',
    title: 'Uploads and deletions at once leave a count that is right',
    source: specOf('K7'),
    severity: 'must',
    operations: ['V1', 'V3', 'K1', 'K6', 'K7'],
    async run(context) {
      const { user } = context
      const { version, room } = await newPlace(context)
      const ids = Array.from({ length: AT_ONCE }, context.sessionId)
      const path = (id: string): string => keysPath(version, room, id)
      await Promise.all(ids.map((id) => upload(user, path(id), keyOf())))
      const half = ids.slice(0, AT_ONCE / 2)
      await Promise.all([
        ...half.map((id) => user.delete(path(id))),
        ...half.map((id) => user.put(path(id), keyOf([false, 0, 0]))),
      ])
      const { count } = await state(user, version)
      const sessions = Object.values(await roomsIn(user, version)).flatMap((one) =>
        Object.keys((one as { readonly sessions: object }).sessions),
      )
      expectEqual(count, sessions.length, 'count, beside the number of sessions')
    },
  },
]
