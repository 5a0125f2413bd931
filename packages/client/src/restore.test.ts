import { BackupError, generateDecryptionKey } from '@roomkeys/backup'
import { isTransportError } from '@roomkeys/transport'
import { describe, expect, test } from 'vitest'
import { allEvents, makeClient, rejection } from '../test/make-client.ts'
import { type Answers, json, notFound } from '../test/stub-server.ts'
import { account } from '../test/vectors.ts'
import { ClientError } from './errors.ts'
import type { RestoreReport } from './report.ts'
import type { RestoreEvent } from './restore.ts'

const rooms = Object.values(account.keys.rooms)
const ids = rooms.flatMap(({ sessions }) => Object.keys(sessions))

function outcomesOf(events: readonly RestoreEvent[]) {
  return events.flatMap((event) => (event.type === 'entry' ? [event.outcome] : []))
}

async function reportFor(answers: Answers): Promise<RestoreReport> {
  const event = (await allEvents(makeClient(answers).client)).at(-1)
  if (event?.type === 'finished') return event.report
  throw new TypeError('The restore did not finish')
}

/** The account's keys with the entries at some indices replaced. */
function keysWith(data: unknown, replaced: (index: number) => boolean): Response {
  const flat = Object.entries(account.keys.rooms).flatMap(([room, { sessions }]) =>
    Object.entries(sessions).map(([id, entry]) => ({ room, id, entry })),
  )
  const changed = new Map<string, Record<string, unknown>>()
  for (const [index, { room, id, entry }] of flat.entries())
    changed.set(room, { ...changed.get(room), [id]: replaced(index) ? data : entry })
  const rooms = Object.fromEntries([...changed].map(([room, sessions]) => [room, { sessions }]))
  return json({ rooms })
}

describe('a whole backup', () => {
  test('comes as version, every entry in order, and the report', async () => {
    const { client, requests } = makeClient()
    const events = await allEvents(client)
    expect(events.map(({ type }) => type)).toEqual([
      'version',
      ...Array<string>(250).fill('entry'),
      'finished',
    ])
    expect(events[0]).toEqual({ type: 'version', version: account.version })
    expect(requests).toEqual(['version', 'keys'])
  })

  test('counts every entry, in the order of the answer', async () => {
    const events = await allEvents(makeClient().client)
    expect(outcomesOf(events).map(({ sessionId }) => sessionId)).toEqual(ids)
    expect(
      events.flatMap((event) => (event.type === 'entry' ? [[event.done, event.total]] : [])),
    ).toEqual(ids.map((_, index) => [index + 1, 250]))
  })

  test('holds the sessions that were put in', async () => {
    const opened = outcomesOf(await allEvents(makeClient().client)).flatMap((outcome) =>
      outcome.status === 'opened' ? [outcome.session] : [],
    )
    const byId = new Map(opened.map((session) => [session.session_id, session]))
    expect(byId.size).toBe(account.expected.length)
    for (const given of account.expected)
      expect(byId.get(String(given['session_id']))).toEqual({
        ...given,
        // The writer drops the chain that it was given, and adds the flag of MSC3061.
        forwarding_curve25519_key_chain: [],
        'm.shared_history': false,
      })
  })

  test('is reported as complete', async () => {
    expect(await reportFor({})).toEqual({
      version: account.version.version,
      result: 'complete',
      total: 250,
      opened: 250,
      failed: 0,
      failures: {},
      missing: 0,
    })
  })
})

describe('a backup that is not whole', () => {
  const counted = (count: number) => json({ ...account.version, count })

  test('is partial where the server announced more than it delivered', async () => {
    const report = await reportFor({ version: counted(260) })
    expect(report).toMatchObject({ result: 'partial', total: 250, opened: 250, missing: 10 })
  })

  test('is complete where the server delivered more than it announced', async () => {
    const report = await reportFor({ version: counted(200) })
    expect(report).toMatchObject({ result: 'complete', total: 250, missing: 0 })
  })

  test('is partial where entries fail, with the number for each reason', async () => {
    const keys = keysWith({ session_data: {} }, (index) => index % 50 === 0)
    expect(await reportFor({ keys })).toMatchObject({
      result: 'partial',
      total: 250,
      opened: 245,
      failed: 5,
      failures: { malformed_session_data: 5 },
    })
  })

  test('is nothing where every entry fails', async () => {
    const keys = keysWith(null, () => true)
    expect(await reportFor({ keys })).toMatchObject({
      result: 'nothing',
      total: 250,
      opened: 0,
      failed: 250,
      failures: { malformed_entry: 250 },
    })
  })

  test('is nothing where there is nothing in it', async () => {
    const answers = { version: counted(0), keys: json({ rooms: {} }) }
    expect(await reportFor(answers)).toMatchObject({ result: 'nothing', total: 0, missing: 0 })
    const events = await allEvents(makeClient(answers).client)
    expect(events.map(({ type }) => type)).toEqual(['version', 'finished'])
  })

  test('is nothing where the server announced keys and delivered none', async () => {
    const report = await reportFor({ keys: json({ rooms: {} }) })
    expect(report).toMatchObject({ result: 'nothing', total: 0, missing: 250 })
  })

  test('counts entries under ids that objects know already', async () => {
    const keys = new Response('{"rooms":{"__proto__":{"sessions":{"__proto__":{},"toString":1}}}}')
    expect(await reportFor({ keys })).toMatchObject({
      result: 'nothing',
      total: 2,
      failures: { malformed_entry: 2 },
      missing: 248,
    })
  })
})

describe('nothing is restored, and no keys are asked for', () => {
  test('with another key', async () => {
    const { client, requests } = makeClient()
    const error = await rejection(allEvents(client, generateDecryptionKey()))
    expect(error).toBeInstanceOf(ClientError)
    expect(error).toMatchObject({ name: 'ClientError', code: 'wrong_key', retryable: false })
    expect(requests).toEqual(['version'])
  })

  test('without a backup', async () => {
    const { client, requests } = makeClient({ version: notFound })
    const error = await rejection(allEvents(client))
    expect(error).toMatchObject({ name: 'ClientError', code: 'no_backup', retryable: false })
    expect(requests).toEqual(['version'])
  })

  test('from an algorithm that is not known', async () => {
    const version = json({ ...account.version, algorithm: 'm.megolm_backup.v9' })
    const { client, requests } = makeClient({ version })
    const error = await rejection(allEvents(client))
    expect(error).toMatchObject({ name: 'ClientError', code: 'unsupported_algorithm' })
    expect(requests).toEqual(['version'])
  })

  test('from broken auth_data', async () => {
    const version = json({ ...account.version, auth_data: { public_key: 'A'.repeat(60) } })
    const { client, requests } = makeClient({ version })
    const error = await rejection(allEvents(client))
    expect(error).toBeInstanceOf(BackupError)
    expect(error).toHaveProperty('code', 'malformed_auth_data')
    expect(requests).toEqual(['version'])
  })
})

test('a version that was deleted meanwhile is gone, and a new start may help', async () => {
  const error = await rejection(allEvents(makeClient({ keys: notFound }).client))
  expect(error).toMatchObject({ name: 'ClientError', code: 'version_gone', retryable: true })
  expect(error instanceof Error && isTransportError(error.cause)).toBe(true)
})

describe('an error of the transport goes on as it is', () => {
  const answers = [
    ['unauthorized', json({ errcode: 'M_UNKNOWN_TOKEN' }, 401)],
    ['forbidden', json({ errcode: 'M_FORBIDDEN' }, 403)],
    ['rate_limited', json({ errcode: 'M_LIMIT_EXCEEDED' }, 429)],
    ['server', json({}, 502)],
    [
      'network',
      () => {
        throw new TypeError('fetch failed')
      },
    ],
  ] as const

  test.each([
    ...answers,
    ['not_json', new Response('<html>')],
    ['shape', json({ algorithm: 1 })],
  ] as const)('%s, of the version', async (code, version) => {
    const error = await rejection(allEvents(makeClient({ version }).client))
    expect(isTransportError(error)).toBe(true)
    expect(error).toHaveProperty('code', code)
  })

  test.each(answers)('%s, of the keys', async (code, keys) => {
    const error = await rejection(allEvents(makeClient({ keys }).client))
    expect(isTransportError(error)).toBe(true)
    expect(error).toHaveProperty('code', code)
  })

  test('a 404 that does not say that there is no backup is no missing backup', async () => {
    const version = new Response('Not here', { status: 404 })
    const error = await rejection(allEvents(makeClient({ version }).client))
    expect(isTransportError(error)).toBe(true)
    expect(error).toHaveProperty('code', 'not_found')
  })
})

test.each(['<html>', '{"rooms":[]}', '{"rooms":{"!r":{"sessions":{'])(
  'an answer of %s is none with keys',
  async (text) => {
    const error = await rejection(allEvents(makeClient({ keys: new Response(text) }).client))
    expect(error).toMatchObject({ name: 'BackupError', code: 'malformed_keys' })
  },
)

describe('an aborted signal ends the restore with its reason', () => {
  const reason = new Error('enough')

  async function events(answers: Answers, until: (event: RestoreEvent) => boolean) {
    const controller = new AbortController()
    const { client, requests } = makeClient(answers)
    const seen: string[] = []
    const reading = async () => {
      for await (const event of client.restore(account.key, { signal: controller.signal })) {
        seen.push(event.type)
        if (until(event)) controller.abort(reason)
      }
    }
    await expect(reading()).rejects.toBe(reason)
    return { seen, requests }
  }

  test('before anything', async () => {
    const { client, requests } = makeClient()
    const restoring = client.restore(account.key, { signal: AbortSignal.abort(reason) })
    await expect(restoring.next()).rejects.toBe(reason)
    expect(requests).toEqual([])
  })

  test.each(['version', 'keys'] as const)('while the %s is awaited', async (name) => {
    const controller = new AbortController()
    const hang = () => {
      controller.abort(reason)
      return new Promise<Response>(() => undefined)
    }
    const { client, requests } = makeClient({ [name]: hang })
    const reading = async () => {
      for await (const event of client.restore(account.key, { signal: controller.signal }))
        expect(event.type).toBe('version')
    }
    await expect(reading()).rejects.toBe(reason)
    expect(requests.at(-1)).toBe(name)
  })

  test('after the version: no keys are asked for', async () => {
    const { seen, requests } = await events({}, ({ type }) => type === 'version')
    expect(seen).toEqual(['version'])
    expect(requests).toEqual(['version'])
  })

  test.each([1, 64, 100])('after %i entries: no more come', async (done) => {
    const { seen } = await events({}, (event) => event.type === 'entry' && event.done === done)
    expect(seen.filter((type) => type === 'entry')).toHaveLength(done)
    expect(seen).not.toContain('finished')
  })
})

describe('leaving the loop early ends quietly', () => {
  test.each(['version', 'entry'])('after the first %s', async (type) => {
    const { client, requests } = makeClient()
    const seen: string[] = []
    for await (const event of client.restore(account.key)) {
      seen.push(event.type)
      if (event.type === type) break
    }
    expect(seen.at(-1)).toBe(type)
    expect(requests).toEqual(type === 'version' ? ['version'] : ['version', 'keys'])
  })

  test('and a restore that was never begun asks for nothing', async () => {
    const { client, requests } = makeClient()
    await client.restore(account.key).return(undefined)
    expect(requests).toEqual([])
  })
})
