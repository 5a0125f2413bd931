/** Ids that mean something to somebody else: to URLs, to SQL, to JavaScript. Here they are ids. */
import type { CaseContext, ConformanceCase } from '../case.ts'
import { expectEqual, expectOk, expectRefused, expectStatus, NOT_FOUND } from '../checks.ts'
import { keyOf, objectFrom, roomsOf, sessionsOf } from '../fixtures.ts'
import { specOf } from '../operations.ts'
import { keysPath, newPlace, remove, roomsIn, sessionsIn, state, upload } from '../requests.ts'
import { decision } from '../source.ts'

/** A different index for each id, so that mixing them up shows. */
function numbered(ids: readonly string[]): readonly (readonly [string, unknown])[] {
  return ids.map((id, i) => [id, keyOf([false, i, 0], `key ${i}`)] as const)
}

/** Uploads by body and by path, and finds every session in both ways. */
async function sameSessions(context: CaseContext, ids: readonly string[]): Promise<void> {
  const { user } = context
  const { version, room } = await newPlace(context)
  const keys = numbered(ids)
  const bulk = await upload(user, keysPath(version), roomsOf(room, keys))
  expectEqual(bulk.count, ids.length, 'the count after the bulk upload')
  for (const [id, key] of keys) {
    const again = await upload(user, keysPath(version, room, id), key)
    expectEqual(again.count, ids.length, `the count after ${JSON.stringify(id)} by path`)
    expectEqual(expectOk(await user.get(keysPath(version, room, id))), key, JSON.stringify(id))
  }
  expectEqual(await sessionsIn(user, version, room), objectFrom(keys), 'the sessions')
}

/** The same for rooms. */
async function sameRooms(context: CaseContext, ids: readonly string[]): Promise<void> {
  const { user } = context
  const { version, session } = await newPlace(context)
  const keys = numbered(ids)
  const rooms = objectFrom(keys.map(([id, key]) => [id, sessionsOf([[session, key]])]))
  const bulk = await upload(user, keysPath(version), { rooms })
  expectEqual(bulk.count, ids.length, 'the count after the bulk upload')
  for (const [id, key] of keys) {
    expectEqual(await sessionsIn(user, version, id), objectFrom([[session, key]]), 'the sessions')
    const again = await upload(user, keysPath(version, id, session), key)
    expectEqual(again.count, ids.length, `the count after ${JSON.stringify(id)} by path`)
  }
  expectEqual(await roomsIn(user, version), rooms, 'the rooms')
}

/** Deletes one session after the other; each deletion takes exactly one. */
async function deletedOneByOne(context: CaseContext, ids: readonly string[]): Promise<void> {
  const { user } = context
  const { version, room } = await newPlace(context)
  await upload(user, keysPath(version, room), sessionsOf(numbered(ids)))
  for (const [i, id] of ids.entries()) {
    const { count } = await remove(user, keysPath(version, room, id))
    expectEqual(count, ids.length - i - 1, `the count after deleting ${JSON.stringify(id)}`)
    expectRefused(await user.get(keysPath(version, room, id)), NOT_FOUND)
  }
}

const PUNCTUATION = [
  'a/b',
  'a%b',
  'a?b',
  'a#b',
  'a b',
  'a"b',
  "a'b",
  String.raw`a\b`,
  'a+b',
  'a&b',
  'a;b=c',
  '%2F',
  'a%2Fb',
]
const UNICODE = ['\u{1F511}', '\u00e9', 'e\u0301', '\u200fright', '\u212b', '\u00c5', 'caf\u00e9']
const LETTER_CASES = ['session', 'Session', 'SESSION', '\u0130', 'i\u0307', 'ss', '\u00df']
const OBJECT_NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'sessions',
  'rooms',
  'version',
  '0',
  '1',
  '42',
  '00',
]
const SQL = ["'", "';--", '--', '%', '_', 'a%', 'a_', 'ab', 'abc', String.raw`\'`, '$1', '*']

export const SPECIAL_ID_CASES: readonly ConformanceCase[] = [
  {
    id: 'S5-punctuation',
    title: 'Path and body name the same session, whatever punctuation is in its id',
    source: specOf('K1'),
    severity: 'must',
    operations: ['V1', 'K1', 'K3', 'K4', 'K5'],
    run: (context) => sameSessions(context, PUNCTUATION),
  },
  {
    id: 'S5-unicode',
    title: 'Ids are not normalised: composed and combining characters are two ids',
    source: specOf('K1'),
    severity: 'must',
    operations: ['V1', 'K1', 'K3', 'K4', 'K5'],
    run: (context) => sameSessions(context, UNICODE),
  },
  {
    id: 'S5-case',
    title: 'Ids that differ in case are two ids',
    source: specOf('K1'),
    severity: 'must',
    operations: ['V1', 'K1', 'K3', 'K4', 'K5'],
    run: (context) => sameSessions(context, LETTER_CASES),
  },
  {
    id: 'S5-rooms',
    title: 'Path and body name the same room, whatever is in its id',
    source: specOf('K2'),
    severity: 'must',
    operations: ['V1', 'K1', 'K3', 'K5', 'K6'],
    run: (context) =>
      sameRooms(
        context,
        [...PUNCTUATION, ...UNICODE].map((id) => `!${id}:conformance.example`),
      ),
  },
  {
    id: 'S7-sessions',
    title: 'Sessions named like members of objects are sessions like any other',
    source: specOf('K3'),
    severity: 'must',
    operations: ['V1', 'K1', 'K3', 'K4', 'K5'],
    run: (context) => sameSessions(context, OBJECT_NAMES),
  },
  {
    id: 'S7-rooms',
    title: 'Rooms named like members of objects are rooms like any other',
    source: decision('nothing keeps a client from sending them, and none may be lost'),
    severity: 'ours',
    operations: ['V1', 'K1', 'K3', 'K5', 'K6'],
    run: (context) => sameRooms(context, OBJECT_NAMES),
  },
  {
    id: 'S7-delete',
    title: 'Sessions named like members of objects are deleted one by one',
    source: specOf('K7'),
    severity: 'must',
    operations: ['V1', 'K2', 'K4', 'K7'],
    run: (context) => deletedOneByOne(context, OBJECT_NAMES),
  },
  {
    id: 'S7-empty',
    title: 'An empty session id in a body is stored or refused, never lost without a word',
    source: decision('no path can name it'),
    severity: 'ours',
    operations: ['V1', 'K2', 'K5'],
    async run(context) {
      const { user } = context
      const { version, room } = await newPlace(context)
      const sessions = [['', keyOf()] as const]
      const answer = await user.put(keysPath(version, room), sessionsOf(sessions))
      const stored = expectStatus(answer, 200, 400).status === 200
      const expected = stored ? objectFrom(sessions) : {}
      expectEqual(await sessionsIn(user, version, room), expected, 'the sessions')
      expectEqual((await state(user, version)).count, stored ? 1 : 0, 'count')
    },
  },
  {
    id: 'S10',
    title: 'Quotes and wildcards of SQL in ids mean themselves',
    source: specOf('K7'),
    severity: 'must',
    operations: ['V1', 'K1', 'K2', 'K3', 'K4', 'K5', 'K7'],
    async run(context) {
      await sameSessions(context, SQL)
      await deletedOneByOne(context, SQL)
    },
  },
]
