/** Ids in paths and in bodies: each is decoded once, compared as it is, and special to nobody. */
import type { CaseContext, ConformanceCase } from '../case.ts'
import {
  expectEqual,
  expectRefused,
  expectStatus,
  INVALID,
  NOT_FOUND,
  UNKNOWN_PATH,
} from '../checks.ts'
import { keyOf, roomsOf, sessionsOf } from '../fixtures.ts'
import {
  expectKey,
  keyPath,
  keysPath,
  newPlace,
  roomsIn,
  sessionsIn,
  state,
  upload,
  type Place,
} from '../requests.ts'
import { decision, rfc, spec } from '../source.ts'

const PATHS = rfc(3986, '2.4')
const SEGMENTS = rfc(3986, '3.3')

/** Deletes with a raw target; nothing of a backup may go with it. */
async function deletesNothing(context: CaseContext, place: Place, tail: string): Promise<void> {
  const path = `/room_keys/keys/${encodeURIComponent(place.room)}${tail}?version=${place.version}`
  const answer = await context.user.ask({ method: 'DELETE', path })
  expectStatus(answer, 400, 404, 405)
  await expectKey(context.user, keyPath(place), keyOf())
}

export const ID_CASES: readonly ConformanceCase[] = [
  {
    id: 'S3-slash',
    title: 'An escaped slash belongs to the id',
    source: PATHS,
    severity: 'must',
    operations: ['V1', 'K1', 'K2', 'K4'],
    async run(context) {
      const { user } = context
      const { version, room } = await newPlace(context)
      await upload(user, keysPath(version, room), sessionsOf([['a/b', keyOf()]]))
      const path = `/room_keys/keys/${encodeURIComponent(room)}/a%2Fb?version=${version}`
      await expectKey(user, path, keyOf())
      expectEqual((await upload(user, path, keyOf())).count, 1, 'count')
    },
  },
  {
    id: 'S3-literal',
    title: 'A slash that is not escaped makes another, unknown path',
    source: SEGMENTS,
    severity: 'must',
    operations: ['V1', 'K1', 'K4', 'K7'],
    async run(context) {
      const { user } = context
      const { version, room } = await newPlace(context)
      await upload(user, keysPath(version, room), sessionsOf([['a/b', keyOf()]]))
      const path = `/room_keys/keys/${encodeURIComponent(room)}/a/b?version=${version}`
      expectRefused(await user.get(path), UNKNOWN_PATH)
      expectRefused(await user.put(path, keyOf()), UNKNOWN_PATH)
      expectRefused(await user.delete(path), UNKNOWN_PATH)
      expectEqual((await state(user, version)).count, 1, 'count')
    },
  },
  {
    id: 'S3-double',
    title: 'A path is decoded once: %252F is the id %2F, not a slash',
    source: PATHS,
    severity: 'must',
    operations: ['V1', 'K2', 'K4'],
    async run(context) {
      const { user } = context
      const { version, room } = await newPlace(context)
      await upload(user, keysPath(version, room), sessionsOf([['a/b', keyOf()]]))
      const path = `/room_keys/keys/${encodeURIComponent(room)}/a%252Fb?version=${version}`
      expectRefused(await user.get(path), NOT_FOUND)
      await upload(user, path, keyOf([false, 9, 0]))
      const sessions = { 'a/b': keyOf(), 'a%2Fb': keyOf([false, 9, 0]) }
      expectEqual(await sessionsIn(user, version, room), sessions, 'the sessions')
    },
  },
  {
    id: 'S4-plus-path',
    title: 'A plus in a path is a plus',
    source: PATHS,
    severity: 'must',
    operations: ['V1', 'K1', 'K5'],
    async run(context) {
      const { user } = context
      const { version, room } = await newPlace(context)
      const path = `/room_keys/keys/${encodeURIComponent(room)}/a+b?version=${version}`
      await upload(user, path, keyOf())
      expectEqual(await sessionsIn(user, version, room), { 'a+b': keyOf() }, 'the sessions')
    },
  },
  {
    id: 'S4-plus-query',
    title: 'A plus in the query is no part of a version that was issued',
    source: spec('server-side-key-backups'),
    severity: 'should',
    operations: ['V1', 'K1', 'K6'],
    async run(context) {
      const { user } = context
      const place = await newPlace(context)
      await upload(user, keyPath(place), keyOf())
      for (const query of [`+${place.version}`, `${place.version}+`, `%2B${place.version}`]) {
        const answer = await user.get(`/room_keys/keys?version=${query}`)
        expectStatus(answer, 404, 400)
      }
    },
  },
  {
    id: 'S4-escapes',
    title: 'An invalid escape in a path is 400 or names nothing, and is no failure',
    source: PATHS,
    severity: 'should',
    operations: ['V1', 'V3', 'K4', 'K7'],
    needs: ['verbatim'],
    async run(context) {
      const { user } = context
      const { version, room } = await newPlace(context)
      for (const broken of ['%zz', '%', '%E0%A4%A', '%ff', '%c0%ae']) {
        const path = `/room_keys/keys/${encodeURIComponent(room)}/${broken}?version=${version}`
        for (const method of ['GET', 'DELETE'])
          expectStatus(await user.ask({ method, path }), 400, 404, method === 'DELETE' ? 200 : 404)
        expectStatus(await user.get(`/room_keys/version/${broken}`), 400, 404)
      }
    },
  },
  ...['.', '..', '%2e', '%2E%2e', '.%2e', 'x/..', 'x/../..'].map((dots, i): ConformanceCase => ({
    id: `S6-dots-${i + 1}`,
    title: `DELETE …/keys/{roomId}/${dots} deletes nothing but what it names`,
    source: decision(
      'URL parsers drop dot segments, which turns the deletion of one key into that of many',
    ),
    severity: 'should',
    operations: ['V1', 'K1', 'K7', 'K8', 'K9'],
    needs: ['verbatim'],
    async run(context) {
      const place = await newPlace(context)
      await upload(context.user, keyPath(place), keyOf())
      await deletesNothing(context, place, `/${dots}`)
    },
  })),
  {
    id: 'S6-ids',
    title: 'The ids . and .. are refused in bodies: no path could name them',
    source: decision('what cannot be addressed cannot be deleted either'),
    severity: 'ours',
    operations: ['V1', 'K2', 'K3', 'K6'],
    async run(context) {
      const { user } = context
      const { version, room, session } = await newPlace(context)
      for (const dots of ['.', '..']) {
        const sessions = sessionsOf([[dots, keyOf()]])
        expectRefused(await user.put(keysPath(version, room), sessions), INVALID)
        const rooms = roomsOf(dots, [[session, keyOf()]])
        expectRefused(await user.put(keysPath(version), rooms), INVALID)
      }
      expectEqual(await roomsIn(user, version), {}, 'the rooms')
    },
  },
  {
    id: 'S6-slash',
    title: 'A slash at the end makes another path, which deletes nothing',
    source: spec('common-error-codes'),
    severity: 'must',
    operations: ['V1', 'K1', 'K4', 'K8', 'K9'],
    async run(context) {
      const { user } = context
      const place = await newPlace(context)
      await upload(user, keyPath(place), keyOf())
      const room = encodeURIComponent(place.room)
      for (const tail of ['/', `/${room}/`, '//', `/${room}//`]) {
        const answer = await user.delete(`/room_keys/keys${tail}?version=${place.version}`)
        expectStatus(answer, 404, 400, 405)
      }
      await expectKey(user, keyPath(place), keyOf())
    },
  },
]
