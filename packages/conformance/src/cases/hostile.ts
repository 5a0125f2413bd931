/** Requests that are meant to hurt. The server answers, stores what it says it stored, and lives on. */
import type { CaseContext, ConformanceCase } from '../case.ts'
import type { Client } from '../client.ts'
import type { Answer } from '../answer.ts'
import { expectEqual, expectHandled, expectRefused, expectStatus } from '../checks.ts'
import { CheckFailed, ConformanceError } from '../errors.ts'
import { keyOf, roomsOf } from '../fixtures.ts'
import {
  expectKey,
  keyPath,
  keysPath,
  newPlace,
  roomsIn,
  state,
  upload,
  versionPath,
} from '../requests.ts'
import { decision, rfc, spec } from '../source.ts'

const TOO_LARGE_OR_BAD = [400, 413]

/** Sends what might take a server down. No answer at all counts against it. */
async function survives(answer: Promise<Answer>, user: Client): Promise<Answer> {
  try {
    const handled = expectHandled(await answer)
    expectHandled(await user.get(versionPath()))
    return handled
  } catch (error) {
    if (!(error instanceof ConformanceError) || !error.retryable) throw error
    throw new CheckFailed(`the server did not answer a hostile request: ${error.message}`)
  }
}

/** What the body of a key is when its `session_data` is given as text. */
function keyText(sessionData: string): string {
  return `{"first_message_index":1,"forwarded_count":0,"is_verified":false,"session_data":${sessionData}}`
}

const DEPTH = 10_000

function nested(open: string, close: string): string {
  return `{"a":${open.repeat(DEPTH)}${close.repeat(DEPTH)}}`
}

/** The stored text of `session_data`, whatever JSON parsers make of it. */
async function sessionText({ user }: CaseContext, path: string): Promise<string> {
  return expectStatus(await user.get(path), 200).text
}

export const HOSTILE_CASES: readonly ConformanceCase[] = [
  {
    id: 'S8-deep',
    title: 'JSON ten thousand levels deep is stored or refused, and the server lives',
    source: decision('parsers that call themselves overflow their stack'),
    severity: 'should',
    operations: ['V1', 'K1', 'K4', 'K6'],
    async run(context) {
      const { user } = context
      const place = await newPlace(context)
      for (const data of [nested('[', ']'), `${'{"a":'.repeat(DEPTH)}{}${'}'.repeat(DEPTH)}`]) {
        const answer = await survives(user.put(keyPath(place), keyText(data)), user)
        expectStatus(answer, 200, ...TOO_LARGE_OR_BAD)
        if (answer.status === 200) await sessionText(context, keyPath(place))
      }
      await survives(user.get(keysPath(place.version)), user)
    },
  },
  {
    id: 'S8-many',
    title: 'A hundred thousand tiny sessions in one upload are stored whole or refused whole',
    source: decision('bounded time, and no half of an upload'),
    severity: 'should',
    operations: ['V1', 'V3', 'K3'],
    company: 'alone',
    async run(context) {
      const { user } = context
      const { version } = await newPlace(context)
      const keys = Array.from({ length: 100_000 }, (_, i) => [String(i), keyText('{}')] as const)
      const sessions = keys.map(([id, key]) => `"s${id}":${key}`).join(',')
      const body = `{"rooms":{"!many":{"sessions":{${sessions}}}}}`
      const answer = await survives(user.put(keysPath(version), body), user)
      expectStatus(answer, 200, ...TOO_LARGE_OR_BAD)
      const expected = answer.status === 200 ? keys.length : 0
      expectEqual((await state(user, version)).count, expected, 'count')
    },
  },
  {
    id: 'S8-duplicates',
    title: 'A session twice in one body is one key or a refusal, never a failure',
    source: rfc(8259, '4'),
    severity: 'should',
    operations: ['V1', 'V3', 'K2', 'K6'],
    async run(context) {
      const { user } = context
      const { version, room } = await newPlace(context)
      const body = `{"sessions":{"s":${keyText('{"a":1}')},"s":${keyText('{"a":2}')}}}`
      const answer = await survives(user.put(keysPath(version, room), body), user)
      const count = expectStatus(answer, 200, 400).status === 200 ? 1 : 0
      expectEqual((await state(user, version)).count, count, 'count')
      expectEqual(Object.keys(await roomsIn(user, version)).length, count, 'number of rooms')
    },
  },
  {
    id: 'S9-unfinished',
    title: 'An upload that never ends holds nobody up, and stores nothing',
    source: decision('a slow client must not lock the backup of its user'),
    severity: 'should',
    operations: ['V1', 'V2', 'K3', 'K6'],
    needs: ['verbatim'],
    async run(context) {
      const { user, sleep } = context
      const { version, room, session } = await newPlace(context)
      const stop = new AbortController()
      const start = JSON.stringify(roomsOf(room, [[session, keyOf()]])).slice(0, -1)
      const pieces = async function* (): AsyncGenerator<Uint8Array> {
        yield new TextEncoder().encode(start)
        await new Promise<void>((resolve) => {
          stop.signal.addEventListener('abort', () => {
            resolve()
          })
        })
      }
      const unfinished = user
        .ask({ method: 'PUT', path: keysPath(version), body: pieces(), signal: stop.signal })
        .catch(() => null)
      try {
        await sleep(200)
        await upload(user, keysPath(version, '!other', 's'), keyOf())
      } finally {
        stop.abort()
        await unfinished
      }
      expectEqual(Object.keys(await roomsIn(user, version)), ['!other'], 'the rooms')
    },
  },
  {
    id: 'S9-session-data',
    title: 'A session_data of a mebibyte is stored whole or refused as too large',
    source: spec('common-error-codes'),
    severity: 'should',
    operations: ['V1', 'K1', 'K4'],
    async run(context) {
      const { user } = context
      const place = await newPlace(context)
      const key = { ...keyOf(), session_data: { ciphertext: 'A'.repeat(2 ** 20) } }
      const answer = await survives(user.put(keyPath(place), key), user)
      if (answer.status === 200) await expectKey(user, keyPath(place), key)
      else expectRefused(answer, { statuses: [413], errcodes: ['M_TOO_LARGE'] })
    },
  },
  {
    id: 'S9-gzip',
    title: 'A compressed body that unpacks to 64 MiB is refused',
    source: decision('a limit holds for what is unpacked, too'),
    severity: 'ours',
    operations: ['V1', 'K3'],
    async run(context) {
      const { user } = context
      const { version } = await newPlace(context)
      const json = new Blob(['{"rooms":{}', ...Array<string>(64).fill(' '.repeat(2 ** 20)), '}'])
      const packed = json.stream().pipeThrough(new CompressionStream('gzip'))
      const body = new Uint8Array(await new Response(packed).arrayBuffer())
      const headers = [['content-encoding', 'gzip']] as const
      const path = keysPath(version)
      const answer = await survives(user.ask({ method: 'PUT', path, body, headers }), user)
      expectStatus(answer, 400, 413, 415)
    },
  },
]
