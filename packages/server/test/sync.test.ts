import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createServer, type RunningServer, type SqlStore } from '../src/index.ts'
import { createWakeUps } from '../src/sync/wake-ups.ts'
import {
  closeUnharmed,
  deviceKeys,
  keyPair,
  newDevice,
  newPerson,
  oneTimeKeys,
  sync,
  type SyncAnswer,
  type TestDevice,
} from './device-helpers.ts'
import { askAs, BACKENDS, openTestServer, ORIGIN, type TestServer, V3 } from './helpers.ts'

/** Longer than any test: what comes sooner was woken. */
const LONG = 50_000

const accountData = ({ userId }: TestDevice, type: string): string =>
  `/user/${encodeURIComponent(userId)}/account_data/${encodeURIComponent(type)}`

/** Whether something is still going on after whatever else is ready has run. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const late = new Promise<'late'>((resolve) => setTimeout(resolve, 100, 'late'))
  return (await Promise.race([promise, late])) === 'late'
}

/** A change, and where it shows. */
interface Waker {
  readonly change: (device: TestDevice) => Promise<unknown>
  readonly look: (answer: SyncAnswer) => unknown
  readonly expected: unknown
}

describe.each(BACKENDS)('on %s', (backend) => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer(backend)
  })
  afterAll(() => closeUnharmed(host))

  it('begins with all account data, and every section', async () => {
    const device = await newPerson(host)
    await device.ask('PUT', accountData(device, 'b.type'), { b: 1 })
    await device.ask('PUT', accountData(device, 'a.type'), {})
    expect(await sync(device)).toEqual({
      next_batch: expect.stringMatching(/^s2_2_[0-9a-f]+$/) as unknown,
      account_data: {
        events: [
          { type: 'b.type', content: { b: 1 } },
          { type: 'a.type', content: {} },
        ],
      },
      to_device: { events: [] },
      device_lists: { changed: [], left: [] },
      device_one_time_keys_count: { signed_curve25519: 0 },
      device_unused_fallback_key_types: [],
    })
  })

  it('lists account data of before there was a stream', async () => {
    const device = await newPerson(host)
    await host.store.query(
      `INSERT INTO account_data (user_id, type, content) VALUES ($1, 'old', '{"a":1}')`,
      [device.userId],
    )
    expect((await sync(device)).account_data.events).toEqual([{ type: 'old', content: { a: 1 } }])
  })

  it('goes on with what changed, and again with it while the answer was not acknowledged', async () => {
    const device = await newPerson(host)
    await device.ask('PUT', accountData(device, 'a'), { n: 1 })
    const { next_batch: since } = await sync(device)
    await device.ask('PUT', accountData(device, 'b'), { n: 2 })
    const next = await sync(device, { since })
    expect(next.account_data.events).toEqual([{ type: 'b', content: { n: 2 } }])
    expect(await sync(device, { since })).toEqual(next)
    expect((await sync(device, { since: next.next_batch })).account_data.events).toEqual([])
  })

  const wakers: readonly (readonly [string, Waker])[] = [
    [
      'account data',
      {
        change: (d) => d.ask('PUT', accountData(d, 'x'), {}),
        look: (answer) => answer.account_data.events,
        expected: [{ type: 'x', content: {} }],
      },
    ],
    [
      'a message',
      {
        change: (d) =>
          d.ask('PUT', '/sendToDevice/m.x/1', { messages: { [d.userId]: { '*': { a: 1 } } } }),
        look: (answer) => answer.to_device.events.length,
        expected: 1,
      },
    ],
    [
      'device keys',
      {
        change: (d) => d.ask('POST', '/keys/upload', { device_keys: deviceKeys(d, keyPair(1)) }),
        look: (answer) => answer.device_lists.changed.length,
        expected: 1,
      },
    ],
    [
      'one-time keys',
      {
        change: (d) => d.ask('POST', '/keys/upload', { one_time_keys: oneTimeKeys(3) }),
        look: (answer) => answer.device_one_time_keys_count,
        expected: { signed_curve25519: 3 },
      },
    ],
    [
      'a display name',
      {
        change: (d) => d.ask('PUT', `/devices/${d.deviceId}`, { display_name: 'new' }),
        look: (answer) => answer.device_lists.changed.length,
        expected: 1,
      },
    ],
  ]

  it.each(wakers)('%s ends the wait', async (_, { change, look, expected }) => {
    const device = await newPerson(host)
    const { next_batch: since } = await sync(device)
    const waiting = sync(device, { since, timeout: LONG })
    expect(await isPending(waiting)).toBe(true)
    await change(device)
    expect(look(await waiting)).toEqual(expected)
  })

  it('account data that does not change ends the wait as well', async () => {
    const device = await newPerson(host)
    await device.ask('PUT', accountData(device, 'x'), { a: 1 })
    const { next_batch: since } = await sync(device)
    const waiting = sync(device, { since, timeout: LONG })
    await device.ask('PUT', accountData(device, 'x'), { a: 1 })
    expect((await waiting).account_data.events).toEqual([{ type: 'x', content: { a: 1 } }])
  })

  it('a claim tells the device that its last key is gone', async () => {
    const device = await newPerson(host)
    await device.ask('POST', '/keys/upload', { one_time_keys: oneTimeKeys(1) })
    const { next_batch: since } = await sync(device)
    const waiting = sync(device, { since, timeout: LONG })
    await (
      await newPerson(host)
    ).ask('POST', '/keys/claim', {
      one_time_keys: { [device.userId]: { [device.deviceId]: 'signed_curve25519' } },
    })
    expect((await waiting).device_one_time_keys_count).toEqual({ signed_curve25519: 0 })
  })

  it('what is for another device or another user does not end the wait', async () => {
    const [device, stranger] = [await newPerson(host), await newPerson(host)]
    const tablet = await newDevice(host, device.userId, { deviceId: 'TABLET' })
    const { next_batch: since } = await sync(device)
    const waiting = sync(device, { since, timeout: LONG })
    await tablet.ask('PUT', '/sendToDevice/m.x/1', {
      messages: { [device.userId]: { TABLET: {} } },
    })
    await tablet.ask('POST', '/keys/upload', { one_time_keys: oneTimeKeys(1) })
    await stranger.ask('PUT', accountData(stranger, 'x'), {})
    expect(await isPending(waiting)).toBe(true)
    await device.ask('PUT', accountData(device, 'x'), {})
    expect((await waiting).to_device.events).toEqual([])
  })

  it('nothing new is answered when time is up', async () => {
    const device = await newPerson(host)
    const { next_batch: since } = await sync(device)
    for (const timeout of [0, 50])
      expect(await sync(device, { since, timeout })).toMatchObject({
        next_batch: since,
        account_data: { events: [] },
        to_device: { events: [] },
        device_lists: { changed: [], left: [] },
      })
  })

  it('a second server over the same database wakes those of the first', async () => {
    const device = await newPerson(host)
    const other = createServer({ store: host.store, serverName: 'localhost', rateLimits: 'off' })
    const there = { ...device, ask: askAs(device.token, other.fetch) }
    const { next_batch: since } = await sync(device)
    const waiting = sync(device, { since, timeout: LONG })
    expect(await isPending(waiting)).toBe(true)
    await there.ask('PUT', accountData(device, 'x'), { from: 'there' })
    const { account_data, next_batch } = await waiting
    expect(account_data.events).toEqual([{ type: 'x', content: { from: 'there' } }])
    const back = sync(there, { since: next_batch, timeout: LONG })
    await device.ask('PUT', accountData(device, 'x'), { from: 'here' })
    expect((await back).account_data.events).toEqual([{ type: 'x', content: { from: 'here' } }])
  })

  it('changes at once are all seen, each exactly once', async () => {
    const device = await newPerson(host)
    const seen: unknown[] = []
    let { next_batch: since } = await sync(device)
    const changes = Array.from({ length: 30 }, (_, n) =>
      device.ask('PUT', `/sendToDevice/m.x/${n}`, {
        messages: { [device.userId]: { '*': { n } } },
      }),
    )
    while (seen.length < 30) {
      const answer = await sync(device, { since, timeout: LONG })
      seen.push(...answer.to_device.events.map(({ content }) => (content as { n: number }).n))
      since = answer.next_batch
    }
    await Promise.all(changes)
    expect(seen.toSorted((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: 30 }, (_, n) => n),
    )
    expect((await sync(device, { since })).to_device.events).toEqual([])
  })
})

describe.each(BACKENDS)('on %s, wakes without asking again and again', (backend) => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer(backend)
  })
  afterAll(() => closeUnharmed(host))

  /** A server that would look by itself only long after the test. */
  const patient = (store: SqlStore, syncPollMs = 100 * LONG): RunningServer =>
    createServer({ store, serverName: 'localhost', rateLimits: 'off', limits: { syncPollMs } })

  /** The same store, but for `listen`. */
  const deaf = (): SqlStore => ({
    query: (sql, params) => host.store.query(sql, params),
    transaction: (work, kind) => host.store.transaction(work, kind),
  })

  async function expectWake(waits: RunningServer, writes: RunningServer): Promise<void> {
    const device = await newPerson(host)
    const [here, there] = [waits, writes].map(({ fetch }) => ({
      ...device,
      ask: askAs(device.token, fetch),
    }))
    if (here === undefined || there === undefined) throw new Error('There are two')
    const { next_batch: since } = await sync(here)
    const waiting = sync(here, { since, timeout: LONG })
    expect(await isPending(waiting)).toBe(true)
    await there.ask('PUT', accountData(device, 'x'), {})
    expect((await waiting).account_data.events).toHaveLength(1)
  }

  it('in one process', async () => {
    const server = patient(deaf())
    await expectWake(server, server)
  })

  it('of another process, through LISTEN', async () => {
    await expectWake(patient(host.store), patient(host.store))
  })

  it('of another process, by asking where the store cannot listen', async () => {
    await expectWake(patient(deaf(), 20), patient(deaf()))
  })
})

describe('in any case', () => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer()
  })
  afterAll(() => closeUnharmed(host))

  it('a token of another database, or of a later state, begins anew', async () => {
    const device = await newPerson(host)
    await device.ask('PUT', accountData(device, 'x'), { a: 1 })
    const { next_batch } = await sync(device)
    const [, , epoch = ''] = next_batch.split('_')
    for (const since of [`s1_1_0000000000000000`, `s999_999_${epoch}`, `s1_999_${epoch}`]) {
      const answer = await sync(device, { since, timeout: LONG })
      expect(answer).toMatchObject({ next_batch, account_data: { events: [{ type: 'x' }] } })
    }
  })

  it.each(['s', '1', 's1_1_', 's-1_1_a', 's1_1_a_1', `s${'9'.repeat(16)}_1_a`, "s1_1_'"])(
    '%s was never a token',
    async (since) => {
      const { ask } = await newPerson(host)
      expect(await ask('GET', `/sync?since=${encodeURIComponent(since)}`)).toMatchObject({
        status: 400,
        body: { errcode: 'M_INVALID_PARAM' },
      })
    },
  )

  it.each(['-1', '1.5', 'x', '1e3', '9'.repeat(16)])('%s is no timeout', async (timeout) => {
    const { ask } = await newPerson(host)
    expect((await ask('GET', `/sync?timeout=${timeout}`)).status).toBe(400)
  })

  it('full_state is answered at once', async () => {
    const device = await newPerson(host)
    const { next_batch: since } = await sync(device)
    expect(await sync(device, { since, timeout: LONG, full_state: 'true' })).toMatchObject({
      next_batch: since,
    })
  })

  it('a device that is signed out while it waits is told', async () => {
    const device = await newPerson(host)
    const { next_batch: since } = await sync(device)
    const waiting = device.ask('GET', `/sync?since=${since}&timeout=${LONG}`)
    expect(await isPending(waiting)).toBe(true)
    await device.ask('POST', '/logout')
    expect(await waiting).toMatchObject({ status: 401, body: { errcode: 'M_UNKNOWN_TOKEN' } })
  })

  it('a client that goes away ends the wait', async () => {
    const device = await newPerson(host)
    const { next_batch: since } = await sync(device)
    const client = new AbortController()
    const request = new Request(`${ORIGIN}${V3}/sync?since=${since}&timeout=${LONG}`, {
      headers: { authorization: `Bearer ${device.token}` },
      signal: client.signal,
    })
    const waiting = host.server.fetch(request)
    expect(await isPending(waiting)).toBe(true)
    client.abort()
    expect((await waiting).status).toBe(408)
  })

  it('a server that stops lets nobody wait', async () => {
    const device = await newPerson(host)
    const server = createServer({ store: host.store, serverName: 'localhost', rateLimits: 'off' })
    const there = { ask: askAs(device.token, server.fetch) }
    const { next_batch: since } = await sync(there)
    const waiting = sync(there, { since, timeout: LONG })
    expect(await isPending(waiting)).toBe(true)
    server.endWaits()
    expect((await waiting).next_batch).toBe(since)
    expect((await sync(there, { since, timeout: LONG })).next_batch).toBe(since)
  })

  it('a user may only wait so often at once', async () => {
    const device = await newPerson(host)
    const server = createServer({ ...host, serverName: 'localhost', limits: { syncsPerUser: 1 } })
    const ask = askAs(device.token, server.fetch)
    const { next_batch: since } = await sync({ ask })
    const waiting = sync({ ask }, { since, timeout: LONG })
    expect(await isPending(waiting)).toBe(true)
    expect(await ask('GET', '/sync')).toMatchObject({
      status: 429,
      body: { errcode: 'M_LIMIT_EXCEEDED' },
    })
    await device.ask('PUT', accountData(device, 'x'), {})
    await waiting
    expect((await ask('GET', '/sync')).status).toBe(200)
  })

  describe('filters', () => {
    const filters = ({ userId }: TestDevice): string => `/user/${encodeURIComponent(userId)}/filter`

    it('are stored once, and read back', async () => {
      const device = await newPerson(host)
      const filter = { room: { timeline: { limit: 20 } }, ['__proto__']: { x: 1 } }
      const { body } = await device.ask('POST', filters(device), filter)
      expect(body['filter_id']).toMatch(/^[\w-]{24}$/)
      expect((await device.ask('POST', filters(device), filter)).body).toEqual(body)
      const path = `${filters(device)}/${String(body['filter_id'])}`
      expect((await device.ask('GET', path)).body).toEqual(filter)
      expect(await device.ask('GET', `${filters(device)}/none`)).toMatchObject({
        status: 404,
        body: { errcode: 'M_NOT_FOUND' },
      })
    })

    it('belong to their user, and are limited', async () => {
      const [device, other] = [await newPerson(host), await newPerson(host)]
      expect((await other.ask('POST', filters(device), {})).status).toBe(403)
      expect((await other.ask('GET', `${filters(device)}/x`)).status).toBe(403)
      const ask = askAs(device.token, host.withLimits({ filtersPerUser: 2 }))
      const statuses = []
      for (let i = 0; i < 3; i++) statuses.push((await ask('POST', filters(device), { i })).status)
      expect(statuses).toEqual([200, 200, 413])
      expect((await ask('POST', filters(device), { i: 0 })).status).toBe(200)
    })

    it.each([
      [{ types: ['m.*'] }, ['m.a', 'm.b.c']],
      [{ not_types: ['m.a', '*.d'] }, ['m.b.c', 'x']],
      [{ types: ['*'], not_types: ['m*c'] }, ['m.a', 'x', 'x.d']],
      [{ types: ['m.*.c', 'x'] }, ['m.b.c', 'x']],
      [{ types: [] }, []],
    ])('%j choose account data', async (account_data, expected) => {
      const device = await newPerson(host)
      for (const type of ['m.a', 'm.b.c', 'x', 'x.d'])
        await device.ask('PUT', accountData(device, type), {})
      const { body } = await device.ask('POST', filters(device), { account_data })
      for (const filter of [JSON.stringify({ account_data }), String(body['filter_id'])]) {
        const { events } = (await sync(device, { filter })).account_data
        expect(events.map(({ type }) => type)).toEqual(expected)
      }
    })

    it.each(['{', '{"account_data":1}', 'none', '{"a":'.repeat(200), '\0', '../x'])(
      '%j is none',
      async (filter) => {
        const { ask } = await newPerson(host)
        expect(await ask('GET', `/sync?filter=${encodeURIComponent(filter)}`)).toMatchObject({
          status: 400,
          body: { errcode: 'M_INVALID_PARAM' },
        })
      },
    )
  })
})

describe('wake-ups', () => {
  const onError = (error: unknown): void => {
    throw error
  }
  const silentStore = {
    query: () => Promise.resolve({ rows: [] as never[] }),
    transaction: () => Promise.reject(new Error('not here')),
  }

  it('leave no timer and no listener behind', async () => {
    vi.useFakeTimers()
    const wakeUps = createWakeUps({ store: silentStore, pollMs: 1000, onError })
    const { signal } = new AbortController()
    const removed = vi.spyOn(signal, 'removeEventListener')
    {
      using watch = wakeUps.watch('@a:b')
      const waiting = watch.next(1, { timeoutMs: LONG, signal })
      expect(vi.getTimerCount()).toBe(2)
      await wakeUps.announce('@a:b')
      await waiting
    }
    expect(vi.getTimerCount()).toBe(0)
    expect(removed).toHaveBeenCalledOnce()
    vi.useRealTimers()
  })

  it('a change between two waits ends the second at once', async () => {
    const wakeUps = createWakeUps({ store: silentStore, pollMs: LONG, onError })
    using watch = wakeUps.watch('@a:b')
    await wakeUps.announce('@a:b')
    await watch.next(1, { timeoutMs: LONG, signal: new AbortController().signal })
    const again = watch.next(1, { timeoutMs: LONG, signal: AbortSignal.timeout(300) })
    expect(await isPending(again)).toBe(true)
  })

  it('a database that cannot be asked is told of, and asked again', async () => {
    const errors: unknown[] = []
    const answers = [new Error('gone'), { rows: [{ user_id: '@a:b', position: '2' }] }]
    const store = {
      ...silentStore,
      query: () => {
        const answer = answers.shift() ?? { rows: [] }
        return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
      },
    }
    const wakeUps = createWakeUps({ store, pollMs: 5, onError: (error) => errors.push(error) })
    using watch = wakeUps.watch('@a:b')
    await watch.next(1, { timeoutMs: LONG, signal: new AbortController().signal })
    expect(errors).toHaveLength(1)
  })

  it('a store that cannot listen is told of, and asked instead', async () => {
    const errors: unknown[] = []
    const store = {
      ...silentStore,
      query: () => Promise.resolve({ rows: [{ user_id: '@a:b', position: '2' }] }),
      listen: () => Promise.reject(new Error('no')),
    }
    const wakeUps = createWakeUps({ store, pollMs: 5, onError: (error) => errors.push(error) })
    using watch = wakeUps.watch('@a:b')
    await watch.next(1, { timeoutMs: LONG, signal: new AbortController().signal })
    expect(errors).toHaveLength(1)
  })
})
