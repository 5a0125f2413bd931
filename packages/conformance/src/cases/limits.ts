/** Size, number, patience and memory. */
import type { CaseContext, ConformanceCase } from '../case.ts'
import { type Answer, objectOf } from '../answer.ts'
import { type Ask, type Client, waitOf } from '../client.ts'
import { expectEqual, expectRefused, expectThat, notApplicable } from '../checks.ts'
import { CheckFailed, ConformanceError } from '../errors.ts'
import { keyOf, roomsOf } from '../fixtures.ts'
import { specOf } from '../operations.ts'
import {
  infoOf,
  keyPath,
  keysPath,
  newPlace,
  roomsIn,
  sessionsIn,
  state,
  upload,
  versionPath,
} from '../requests.ts'
import { decision, spec } from '../source.ts'

const TOO_LARGE = { statuses: [413], errcodes: ['M_TOO_LARGE'] }
const ERRORS = spec('common-error-codes')

const MIB = 2 ** 20
/** A server that takes more than this in one body has no limit worth the name. */
const MOST_MIB = 128

/** White space around a body, a mebibyte at a time. */
async function* spaces(): AsyncGenerator<Uint8Array> {
  const piece = new Uint8Array(MIB).fill(0x20)
  for (let i = 0; i < MOST_MIB; i++) yield await Promise.resolve(piece)
}

const TRIES = 3

/**
 * The answer to a body that the server stops reading. One that comes while the body is still being
 * written can be lost on the way, so that no answer counts only when there is none again and again.
 */
async function answerTo(client: Client, ask: () => Ask): Promise<Answer> {
  for (let tries = 1; tries < TRIES; tries++) {
    const answer = await client.ask(ask()).catch((error: unknown) => {
      if (error instanceof ConformanceError && error.code === 'network') return null
      throw error
    })
    if (answer !== null) return answer
  }
  return client.ask(ask()).catch((error: unknown) => {
    if (!(error instanceof ConformanceError) || error.code !== 'network') throw error
    throw new CheckFailed(
      `the connection was closed before an answer could be read (RFC 9112, 9.6): ${error.message}`,
    )
  })
}

const MANY = 20_000
const BATCH = 1000

/** Uploads many keys in batches to a few rooms, and returns the room ids. */
async function uploadMany(context: CaseContext, version: string): Promise<readonly string[]> {
  const rooms: string[] = []
  for (let start = 0; start < MANY; start += BATCH) {
    const room = context.roomId()
    rooms.push(room)
    const keys = Array.from(
      { length: BATCH },
      (_, i) => [context.sessionId(), keyOf([false, i, 0])] as const,
    )
    const { count } = await upload(context.user, keysPath(version), roomsOf(room, keys))
    expectEqual(count, start + BATCH, 'count')
  }
  return rooms
}

/** What a server may hold more than before while it hands out a large backup, in bytes. */
const MEMORY_ALLOWED = 256 * MIB

export const LIMIT_CASES: readonly ConformanceCase[] = [
  {
    id: 'N19-length',
    title: 'A body whose announced length is beyond every limit is 413 M_TOO_LARGE',
    source: ERRORS,
    severity: 'should',
    operations: ['V1', 'K3'],
    needs: ['verbatim'],
    async run(context) {
      const { version } = await newPlace(context)
      const headers = [['content-length', String(MOST_MIB * MIB)]] as const
      const path = keysPath(version)
      const ask = (): Ask => ({ method: 'PUT', path, headers, body: spaces() })
      expectRefused(await answerTo(context.user, ask), TOO_LARGE)
    },
  },
  {
    id: 'N19-chunked',
    title: 'A body in chunks that goes beyond every limit is 413 M_TOO_LARGE',
    source: ERRORS,
    severity: 'should',
    operations: ['V1', 'K3'],
    needs: ['verbatim'],
    async run(context) {
      const { version } = await newPlace(context)
      const path = keysPath(version)
      const ask = (): Ask => ({ method: 'PUT', path, body: spaces() })
      expectRefused(await answerTo(context.user, ask), TOO_LARGE)
    },
  },
  {
    id: 'N19-chunks',
    title: 'A body in chunks within the limit is read like any other',
    source: specOf('K3'),
    severity: 'must',
    operations: ['V1', 'K3', 'K6'],
    needs: ['verbatim'],
    async run(context) {
      const { version, room, session } = await newPlace(context)
      const body = roomsOf(room, [[session, keyOf()]])
      const bytes = new TextEncoder().encode(JSON.stringify(body))
      const pieces = async function* (): AsyncGenerator<Uint8Array> {
        for (let i = 0; i < bytes.length; i += 7)
          yield await Promise.resolve(bytes.subarray(i, i + 7))
      }
      const path = keysPath(version)
      const answer = await context.user.ask({ method: 'PUT', path, body: pieces() })
      expectEqual(answer.status, 200, 'the status')
      expectEqual({ rooms: await roomsIn(context.user, version) }, body, 'the backup')
    },
  },
  {
    id: 'N19-batch',
    title: 'Batches as clients send them, hundreds of keys of a kilobyte, are not too large',
    source: decision('clients send 100 to 200 keys at once and do not split a refused batch'),
    severity: 'should',
    operations: ['V1', 'K3'],
    async run(context) {
      const { version, room } = await newPlace(context)
      const session_data = { ciphertext: 'A'.repeat(1000), ephemeral: 'e', mac: 'm' }
      const keys = Array.from(
        { length: 1000 },
        () => [context.sessionId(), { ...keyOf(), session_data }] as const,
      )
      const { count } = await upload(context.user, keysPath(version), roomsOf(room, keys))
      expectEqual(count, 1000, 'count')
    },
  },
  {
    id: 'N20',
    title: 'A 429 is M_LIMIT_EXCEEDED, says how long to wait, and the wait helps',
    source: spec('rate-limiting'),
    severity: 'should',
    operations: ['V1', 'K9'],
    company: 'alone',
    async run(context) {
      const { user, sleep } = context
      const { version } = await newPlace(context)
      const ask = { method: 'DELETE', path: keysPath(version), onLimit: 'answer' } as const
      const answers = await Promise.all(Array.from({ length: 200 }, () => user.ask(ask)))
      const limited = answers.find(({ status }) => status === 429)
      if (limited === undefined) notApplicable('the server limits no rate')
      expectRefused(limited, { statuses: [429], errcodes: ['M_LIMIT_EXCEEDED'] })
      const said = limited.header('retry-after') ?? objectOf(limited)['retry_after_ms']
      expectThat(said !== undefined, 'expected Retry-After', limited)
      await sleep(waitOf(limited))
      expectEqual((await user.ask(ask)).status, 200, 'the status after the wait')
    },
  },
  {
    id: 'N16-whole',
    title: 'A backup of 20 000 keys is counted and downloaded whole',
    source: specOf('K6'),
    severity: 'must',
    operations: ['V1', 'V3', 'K3', 'K5', 'K6'],
    company: 'alone',
    async run(context) {
      const { user } = context
      const { version } = await newPlace(context)
      const rooms = await uploadMany(context, version)
      expectEqual((await state(user, version)).count, MANY, 'count')
      const stored = await roomsIn(user, version)
      expectEqual(Object.keys(stored).toSorted(), rooms.toSorted(), 'the rooms')
      for (const room of rooms) {
        const sessions = await sessionsIn(user, version, room)
        expectEqual(Object.keys(sessions).length, BATCH, 'number of sessions of a room')
        expectThat(
          JSON.stringify(stored[room]).length > BATCH,
          'expected the keys of each room among all keys',
        )
      }
    },
  },
  {
    id: 'N16-memory',
    title: 'Ten downloads of 20 000 keys take a bounded amount of memory',
    source: decision('a backup can be larger than the memory of the server'),
    severity: 'ours',
    operations: ['V1', 'K3', 'K6'],
    needs: ['memory'],
    company: 'alone',
    async run(context) {
      const { user, hooks } = context
      const memory = hooks.memory ?? notApplicable('there is no way to ask for memory')
      const { version } = await newPlace(context)
      await uploadMany(context, version)
      const before = await memory()
      for (let i = 0; i < 10; i++) await roomsIn(user, version)
      const grown = (await memory()) - before
      expectThat(
        grown <= MEMORY_ALLOWED,
        `memory grew by ${Math.round(grown / MIB)} MiB; expected at most ${MEMORY_ALLOWED / MIB}`,
      )
    },
  },
  {
    id: 'N15',
    title: 'Versions, keys, counts and etags are there again after a restart',
    source: spec('server-side-key-backups'),
    severity: 'must',
    operations: ['V1', 'V2', 'V3', 'V5', 'K1', 'K4'],
    needs: ['restart'],
    company: 'alone',
    async run(context) {
      const { user, hooks } = context
      const restart = hooks.restart ?? notApplicable('there is no way to restart the server')
      const place = await newPlace(context)
      await upload(user, keyPath(place), keyOf([true, 3, 1]))
      const before = [await infoOf(user), await roomsIn(user, place.version)]
      await restart()
      expectEqual([await infoOf(user), await roomsIn(user, place.version)], before, 'the backup')
    },
  },
  {
    id: 'N15-ids',
    title: 'The id of a deleted version is not issued again after a restart either',
    source: decision('a count that lives in memory starts anew'),
    severity: 'should',
    operations: ['V1', 'V5'],
    needs: ['restart'],
    company: 'alone',
    async run(context) {
      const { user, hooks } = context
      const restart = hooks.restart ?? notApplicable('there is no way to restart the server')
      const { version } = await newPlace(context)
      await user.delete(versionPath(version))
      await restart()
      const { version: next } = await newPlace(context)
      expectThat(next !== version, `version ${version} was issued a second time`)
    },
  },
]
