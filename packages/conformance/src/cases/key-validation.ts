/** Keys that are not what the specification has them to be. A refused upload stores nothing. */
import type { ConformanceCase } from '../case.ts'
import {
  BAD_CONTENT,
  expectEqual,
  expectHandled,
  expectOk,
  expectRefused,
  expectThat,
  type Refusal,
} from '../checks.ts'
import { keyOf, objectFrom, roomsOf, sessionsOf } from '../fixtures.ts'
import { specOf } from '../operations.ts'
import {
  expectKey,
  keyPath,
  keysPath,
  newPlace,
  roomsIn,
  state,
  upload,
  uploadOf,
  UPLOADS,
} from '../requests.ts'
import { decision, type Source, spec } from '../source.ts'

/** Tries one key in all three ways; each is refused, and nothing is stored. */
function refusedKey(key: unknown, refusal: Refusal = BAD_CONTENT): ConformanceCase['run'] {
  return async (context) => {
    const place = await newPlace(context)
    const before = await state(context.user, place.version)
    for (const via of UPLOADS)
      expectRefused(await context.user.put(...uploadOf(via, place, key)), refusal)
    expectEqual(await state(context.user, place.version), before, 'count and etag')
    expectEqual(await roomsIn(context.user, place.version), {}, 'the rooms')
  }
}

/** Tries several keys. */
function refusedKeys(keys: readonly unknown[]): ConformanceCase['run'] {
  return async (context) => {
    for (const key of keys) await refusedKey(key)(context)
  }
}

/** A key whose one member is something else. */
function keyWith(name: string, value: unknown): unknown {
  return { ...keyOf(), [name]: value }
}

const FIELDS = ['first_message_index', 'forwarded_count', 'is_verified', 'session_data'] as const
const NUMBERS = ['first_message_index', 'forwarded_count'] as const

/** One kind of wrong value for both numbers. */
function numberCase(
  id: string,
  title: string,
  [values, severity, source]: readonly [readonly unknown[], ConformanceCase['severity'], Source],
): ConformanceCase {
  const keys = NUMBERS.flatMap((name) => values.map((value) => keyWith(name, value)))
  const operations = ['V1', 'V3', ...UPLOADS, 'K6'] as const
  return { id: `N12-${id}`, title, source, severity, operations, run: refusedKeys(keys) }
}

const NOT_NEGATIVE = decision('an index and a count start at 0; nothing below is ever right')
const SAFE = decision('numbers beyond 2^53 − 1 come back as others in JavaScript')

export const KEY_VALIDATION_CASES: readonly ConformanceCase[] = [
  {
    id: 'N12-rooms',
    title: 'A bulk upload without rooms, or whose rooms are no object, is 400',
    source: specOf('K3'),
    severity: 'must',
    operations: ['V1', 'K3'],
    async run(context) {
      const { version } = await newPlace(context)
      for (const body of [{}, { rooms: null }, { rooms: [] }, { rooms: 1 }, { room: {} }])
        expectRefused(await context.user.put(keysPath(version), body), BAD_CONTENT)
    },
  },
  {
    id: 'N12-sessions',
    title: 'A room without sessions, or whose sessions are no object, is 400',
    source: specOf('K2'),
    severity: 'must',
    operations: ['V1', 'K2', 'K3'],
    async run(context) {
      const { version, room } = await newPlace(context)
      for (const body of [{}, { sessions: null }, { sessions: [] }, { sessions: 'none' }]) {
        expectRefused(await context.user.put(keysPath(version, room), body), BAD_CONTENT)
        const all = { rooms: objectFrom([[room, body]]) }
        expectRefused(await context.user.put(keysPath(version), all), BAD_CONTENT)
      }
    },
  },
  ...FIELDS.map((name): ConformanceCase => ({
    id: `N12-no-${name.replaceAll('_', '-')}`,
    title: `A key without ${name} is 400`,
    source: specOf('K1'),
    severity: 'must',
    operations: ['V1', 'V3', ...UPLOADS, 'K6'],
    run: refusedKey(Object.fromEntries(Object.entries(keyOf()).filter(([key]) => key !== name))),
  })),
  {
    id: 'N12-key-type',
    title: 'A key that is no object is 400',
    source: specOf('K1'),
    severity: 'must',
    operations: ['V1', 'V3', ...UPLOADS, 'K6'],
    run: refusedKeys([null, [], true, 7]),
  },
  {
    id: 'N12-verified',
    title: 'is_verified that is no boolean is 400',
    source: specOf('K1'),
    severity: 'must',
    operations: ['V1', 'V3', ...UPLOADS, 'K6'],
    run: refusedKeys(['true', 1, 0, null].map((value) => keyWith('is_verified', value))),
  },
  numberCase('number-type', 'An index or a count that is no number is 400', [
    ['1', null, true, [], {}],
    'must',
    specOf('K1'),
  ]),
  numberCase('fraction', 'An index or a count with a fraction is 400', [
    [0.5],
    'must',
    specOf('K1'),
  ]),
  numberCase('negative', 'A negative index or count is 400', [[-1], 'ours', NOT_NEGATIVE]),
  numberCase('unsafe', 'An index or a count above 2^53 − 1 is 400', [[2 ** 53], 'ours', SAFE]),
  {
    id: 'N12-huge',
    title: 'Numbers beyond any range (1e400) are 400, not a failure',
    source: SAFE,
    severity: 'ours',
    operations: ['V1', 'K1'],
    async run(context) {
      const place = await newPlace(context)
      const data = '"is_verified":false,"session_data":{}'
      for (const number of ['1e400', '-1e400', '100000000000000000000000']) {
        const body = `{"first_message_index":${number},"forwarded_count":0,${data}}`
        expectRefused(await context.user.put(keyPath(place), body), BAD_CONTENT)
      }
    },
  },
  {
    id: 'N12-range',
    title: 'An index beyond 32 bits is stored as it is',
    source: spec('server-side-key-backups'),
    severity: 'should',
    operations: ['V1', 'K1', 'K4'],
    async run(context) {
      const place = await newPlace(context)
      const key = keyOf([false, 2 ** 53 - 1, 2 ** 32])
      await upload(context.user, keyPath(place), key)
      await expectKey(context.user, keyPath(place), key)
    },
  },
  {
    id: 'N12-session-data',
    title: 'session_data that is no object is 400',
    source: decision('the specification has an object; what is none breaks clients that read it'),
    severity: 'ours',
    operations: ['V1', 'V3', ...UPLOADS, 'K6'],
    needs: ['strict'],
    run: refusedKeys(['string', [], null, 1].map((value) => keyWith('session_data', value))),
  },
  {
    id: 'N12-extra',
    title: 'Members beside the four are no reason to refuse a key',
    source: decision('later versions of the specification add members, and old servers stay'),
    severity: 'should',
    operations: ['V1', 'K1', 'K2', 'K3', 'K4'],
    async run(context) {
      for (const via of UPLOADS) {
        const place = await newPlace(context)
        const key = { ...keyOf(), 'org.example.more': { a: [1] } }
        await upload(context.user, ...uploadOf(via, place, key))
        await expectKey(context.user, keyPath(place), keyOf())
      }
    },
  },
  {
    id: 'N12-opaque',
    title: 'Everything inside session_data comes back, unknown members included',
    source: specOf('K1'),
    severity: 'must',
    operations: ['V1', 'K3', 'K4'],
    async run(context) {
      const { version, room, session } = await newPlace(context)
      const session_data = {
        ciphertext: 'c',
        ephemeral: 'e',
        mac: 'm',
        unsigned: { backup_mac: 'x' },
        'org.example.more': [null, true, 1.5, '\u00e9\u{1F511}\u2028', { deep: {} }],
      }
      const key = { ...keyOf(), session_data }
      await upload(context.user, keysPath(version), roomsOf(room, [[session, key]]))
      await expectKey(context.user, keysPath(version, room, session), key)
    },
  },
  {
    id: 'N12-room-id',
    title: 'A room id needs no domain',
    source: spec('room-ids', 'appendices'),
    severity: 'must',
    operations: ['V1', ...UPLOADS, 'K4'],
    async run(context) {
      for (const via of UPLOADS) {
        const place = { ...(await newPlace(context)), room: '!abcd' }
        await upload(context.user, ...uploadOf(via, place, keyOf()))
        await expectKey(context.user, keyPath(place), keyOf())
      }
    },
  },
  {
    id: 'N12-nul-id',
    title: 'U+0000 in an id is 400, not a failure, and stores nothing',
    source: decision('databases cannot hold it as text'),
    severity: 'ours',
    operations: ['V1', ...UPLOADS, 'K6'],
    async run(context) {
      const place = { ...(await newPlace(context)), session: 'nul\0nul' }
      for (const via of UPLOADS)
        expectRefused(await context.user.put(...uploadOf(via, place, keyOf())), BAD_CONTENT)
      expectEqual(await roomsIn(context.user, place.version), {}, 'the rooms')
    },
  },
  {
    id: 'N12-nul-data',
    title: 'U+0000 inside session_data is kept or refused, never a failure or a loss',
    source: decision('some databases cannot hold it; another text than was sent would be worse'),
    severity: 'ours',
    operations: ['V1', 'K1', 'K4'],
    async run(context) {
      const place = await newPlace(context)
      const key = { ...keyOf(), session_data: { ciphertext: 'nul\0nul' } }
      const answer = expectHandled(await context.user.put(keyPath(place), key))
      if (answer.status === 200) await expectKey(context.user, keyPath(place), key)
      else expectRefused(answer, BAD_CONTENT)
    },
  },
  {
    id: 'N12-surrogate',
    title: 'A lone surrogate in an id is 400: two such ids would become one',
    source: decision('UTF-8 cannot hold it, and a replacement character makes different ids equal'),
    severity: 'ours',
    operations: ['V1', 'K2', 'K3', 'K6'],
    async run(context) {
      const { version, room } = await newPlace(context)
      const { user } = context
      const key = JSON.stringify(keyOf())
      const sessions = String.raw`{"sessions":{"\ud800":${key},"\ud801":${key}}}`
      expectRefused(await user.put(keysPath(version, room), sessions), BAD_CONTENT)
      const rooms = String.raw`{"rooms":{"!\udfff":${JSON.stringify(sessionsOf([['s', keyOf()]]))}}}`
      expectRefused(await user.put(keysPath(version), rooms), BAD_CONTENT)
      expectEqual(await roomsIn(user, version), {}, 'the rooms')
    },
  },
  {
    id: 'N12-long',
    title: 'An id of 255 bytes is stored; a far longer one is refused, never a failure',
    source: spec('common-identifier-format', 'appendices'),
    severity: 'should',
    operations: ['V1', 'K1', 'K2', 'K3', 'K4'],
    async run(context) {
      const place = { ...(await newPlace(context)), session: 'S'.repeat(255) }
      await upload(context.user, keyPath(place), keyOf())
      await expectKey(context.user, keyPath(place), keyOf())
      const long = { ...place, session: 'S'.repeat(5000) }
      for (const via of UPLOADS) {
        const answer = await context.user.put(...uploadOf(via, long, keyOf()))
        expectThat(
          answer.status >= 400 && answer.status < 500,
          'expected a 4xx status for an id of 5000 bytes',
          answer,
        )
      }
      expectOk(await context.user.get(keysPath(place.version)))
      expectEqual((await state(context.user, place.version)).count, 1, 'count')
    },
  },
]
