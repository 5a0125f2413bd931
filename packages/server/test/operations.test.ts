import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createMetrics,
  createServer,
  createUser,
  type ServerEvent,
  type ServerOptions,
} from '../src/index.ts'
import { addressKey } from '../src/http/client-address.ts'
import { listen } from '../src/node.ts'
import { createBuckets } from '../src/operations/token-buckets.ts'
import { createSlots } from '../src/slots.ts'
import {
  answerOf,
  askAs,
  type Answer,
  keyOf,
  keysPath,
  newUser,
  ORIGIN,
  openTestServer,
  roomsOf,
  type TestServer,
  V3,
} from './helpers.ts'

let host: TestServer
beforeAll(async () => {
  host = await openTestServer()
  await createUser(host.store, { userId: '@alice:localhost', password: 'correct horse' })
})
afterAll(() => host.close())

const serverWith = (options: Partial<ServerOptions>): ReturnType<typeof createServer> =>
  createServer({ store: host.store, serverName: 'localhost', ...options })

describe('token buckets', () => {
  it('give back over time, up to the burst', () => {
    let now = 0
    const buckets = createBuckets({
      rate: { burst: 2, perMinute: 60 },
      now: () => now,
      maxKeys: 10,
    })
    const take = (): number => buckets.take('a')
    expect([take(), take(), take()]).toEqual([0, 0, 1000])
    expect(buckets.take('b')).toBe(0)
    now = 400
    expect(take()).toBe(600)
    now = 1000
    expect([take(), take()]).toEqual([0, 1000])
    now = 1_000_000
    expect([take(), take(), take()]).toEqual([0, 0, 1000])
    buckets.giveBack('a')
    expect(take()).toBe(0)
    now = 0
    expect(take()).toBe(1000)
  })

  it('forget whoever came longest ago', () => {
    const buckets = createBuckets({
      rate: { burst: 1, perMinute: 1 },
      now: () => 0,
      maxKeys: 2,
    })
    expect(['a', 'b', 'c', 'b', 'a'].map((key) => buckets.take(key) === 0)).toEqual([
      true,
      true,
      true,
      false,
      true,
    ])
  })
})

describe('slots', () => {
  it('are limited in all and for each, and go to whoever waits', async () => {
    const slots = createSlots({ total: 2, perKey: 1, waitMs: 60_000 })
    const first = await slots.acquire('a')
    const mine = slots.acquire('a')
    const other = await slots.acquire('b')
    const third = slots.acquire('c')
    expect(slots.taken()).toBe(2)
    first?.()
    first?.()
    ;(await mine)?.()
    ;(await third)?.()
    other?.()
    expect(slots.taken()).toBe(0)
  })

  it('are not waited for without end', async () => {
    const slots = createSlots({ total: 1, perKey: 1, waitMs: 5 })
    await slots.acquire('a')
    expect(await slots.acquire('b')).toBe(null)
    expect(slots.taken()).toBe(1)
  })
})

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:0DB8:0001:0002::1', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['nonsense', 'nonsense'],
])('counts %s as %s', (address, key) => {
  expect(addressKey(address)).toBe(key)
})

describe('N20: rates', () => {
  const login = async (
    fetch: ReturnType<typeof createServer>['fetch'],
    {
      password = 'wrong',
      user = 'alice',
      address,
    }: { password?: string; user?: string; address?: string },
  ): Promise<Answer> => {
    const body = JSON.stringify({ type: 'm.login.password', user, password })
    const request = new Request(`${ORIGIN}${V3}/login`, { method: 'POST', body })
    return answerOf(await fetch(request, address === undefined ? {} : { address }))
  }

  function expectLimited(answer: Answer): void {
    expect(answer).toMatchObject({
      status: 429,
      body: { errcode: 'M_LIMIT_EXCEEDED', retry_after_ms: expect.any(Number) as number },
    })
    const seconds = Number(answer.headers.get('retry-after'))
    expect(seconds).toBe(Math.ceil(Number(answer.body['retry_after_ms']) / 1000))
    expect(answer.headers.get('access-control-expose-headers')).toBe('Retry-After')
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  }

  it('of wrong passwords for one account; right ones do not count, and later is another time', async () => {
    let now = 0
    const { fetch } = serverWith({
      now: () => now,
      rateLimits: { wrongPasswordsPerUser: { burst: 2, perMinute: 1 } },
    })
    const right = { password: 'correct horse' }
    expect((await login(fetch, right)).status).toBe(200)
    expect((await login(fetch, {})).status).toBe(403)
    expect((await login(fetch, right)).status).toBe(200)
    expect((await login(fetch, { address: 'a' })).status).toBe(403)
    expectLimited(await login(fetch, { address: 'b' }))
    expectLimited(await login(fetch, right))
    expect((await login(fetch, { user: 'bob' })).status).toBe(403)
    now = 60_000
    expect((await login(fetch, right)).status).toBe(200)
  })

  it('of sign-ins from one address, known accounts or not', async () => {
    const { fetch } = serverWith({ rateLimits: { loginsPerAddress: { burst: 2, perMinute: 1 } } })
    for (const user of ['x', 'y'])
      expect((await login(fetch, { user, address: 'a' })).status).toBe(403)
    expectLimited(await login(fetch, { user: 'z', address: 'a' }))
    expect((await login(fetch, { user: 'z', address: 'b' })).status).toBe(403)
  })

  it('S12: of new versions, deleted versions and emptied versions of one user', async () => {
    const events: ServerEvent[] = []
    const { fetch } = serverWith({
      rateLimits: { backupChangesPerUser: { burst: 3, perMinute: 1 } },
      log: (event) => events.push(event),
    })
    const [user, other] = [await newUser(host.store, fetch), await newUser(host.store, fetch)]
    await user.newVersion()
    await user.ask('PUT', keysPath('1', '!r', 's'), keyOf())
    expect((await user.ask('DELETE', keysPath('1'))).status).toBe(200)
    expect((await user.ask('DELETE', '/room_keys/version/1')).status).toBe(200)
    for (const [method, path] of [
      ['POST', '/room_keys/version'],
      ['DELETE', '/room_keys/version/1'],
      ['DELETE', keysPath('1')],
    ] as const)
      expectLimited(
        await user.ask(
          method,
          path,
          method === 'POST' ? { algorithm: 'x', auth_data: {} } : undefined,
        ),
      )
    expect((await user.ask('DELETE', keysPath('1', '!r', 's'))).status).toBe(404)
    expect(await other.newVersion()).toBe('1')
    expect(events.filter(({ type }) => type === 'rate_limited')).toHaveLength(3)
  })

  it('are counted by the address of the connection, or by that which a proxy names', async () => {
    const rateLimits = { loginsPerAddress: { burst: 1, perMinute: 1 } }
    const statuses = async (addressHeader?: string): Promise<readonly number[]> => {
      const server = serverWith({ rateLimits })
      const http = await listen(server, addressHeader === undefined ? {} : { addressHeader })
      const send = async (address: string): Promise<number> => {
        const body = JSON.stringify({ type: 'm.login.password', user: 'x', password: 'y' })
        const headers = { 'x-forwarded-for': `198.51.100.1, ${address}` }
        return (await fetch(`${http.url}${V3}/login`, { method: 'POST', body, headers })).status
      }
      const result = [await send('192.0.2.1'), await send('192.0.2.2'), await send('192.0.2.1')]
      await http.close()
      return result
    }
    expect(await statuses()).toEqual([403, 429, 429])
    expect(await statuses('X-Forwarded-For')).toEqual([403, 403, 429])
  })
})

describe('quotas', () => {
  it('of keys of a version: all of an upload or nothing, and replacing goes on', async () => {
    const server = serverWith({
      limits: { keysPerVersion: 2 },
      quotaInfoUri: 'https://example.org/quota',
      rateLimits: 'off',
    })
    const user = await newUser(host.store, server.fetch)
    await user.newVersion()
    const upload = (verified: boolean, ...sessions: string[]): Promise<Answer> =>
      user.ask(
        'PUT',
        keysPath('1'),
        roomsOf([['!r', sessions.map((id) => [id, keyOf([verified, 1, 0])])]]),
      )
    expect((await upload(false, 'a')).status).toBe(200)
    expect(await upload(false, 'b', 'c')).toMatchObject({
      status: 403,
      body: { errcode: 'M_USER_LIMIT_EXCEEDED', info_uri: 'https://example.org/quota' },
    })
    expect((await user.ask('GET', '/room_keys/version')).body).toMatchObject({
      count: 1,
      etag: '1',
    })
    expect((await upload(false, 'b')).body).toEqual({ count: 2, etag: '2' })
    expect((await upload(true, 'a', 'b')).body).toEqual({ count: 2, etag: '3' })
  })

  it('of downloads at once', async () => {
    const postgres = await openTestServer('postgres')
    const server = serverWith({
      store: postgres.store,
      limits: { downloadsPerUser: 1, downloadWaitMs: 20, readAheadBytes: 1 },
    })
    const user = await newUser(postgres.store, server.fetch)
    await user.newVersion()
    const many = Array.from({ length: 900 }, (_, i) => [`s${i}`, keyOf()] as const)
    await user.ask('PUT', keysPath('1'), roomsOf([['!r', many]]))
    const headers = { authorization: `Bearer ${user.token}` }
    const open = await server.fetch(new Request(ORIGIN + V3 + keysPath('1'), { headers }))
    const refused = await user.ask('GET', keysPath('1'))
    expect(refused).toMatchObject({ status: 429, body: { errcode: 'M_LIMIT_EXCEEDED' } })
    expect(await open.json()).toEqual(roomsOf([['!r', many]]))
    expect((await user.ask('GET', keysPath('1'))).status).toBe(200)
    await postgres.close()
  })
})

describe('/health and /ready', () => {
  const get = async (
    server: { fetch: TestServer['server']['fetch'] },
    path: string,
  ): Promise<Answer> => answerOf(await server.fetch(new Request(ORIGIN + path)))

  it('need no token, and tell no more than they have to', async () => {
    expect(await get(host.server, '/health')).toMatchObject({
      status: 200,
      text: '{"status":"alive"}',
    })
    expect(await get(host.server, '/ready')).toMatchObject({
      status: 200,
      text: '{"status":"ready"}',
    })
    expect((await get(host.server, '/_matrix/health')).status).toBe(404)
  })

  it('tell a database that fails, has another schema, or takes too long', async () => {
    let asked = 0
    const failing = (query: () => Promise<never>): ReturnType<typeof createServer> =>
      serverWith({
        store: { query: () => (asked++, query()), transaction: query },
        now: () => 0,
      })
    const down = failing(() => Promise.reject(new Error('secret')))
    for (let i = 0; i < 3; i++)
      expect(await get(down, '/ready')).toMatchObject({
        status: 503,
        text: '{"status":"not ready"}',
      })
    expect(asked).toBe(1)
    expect((await get(down, '/health')).status).toBe(200)
    expect(
      (
        await get(
          failing(() => new Promise(() => undefined)),
          '/ready',
        )
      ).status,
    ).toBe(503)
    const old = serverWith({
      store: { ...host.store, query: async () => Promise.resolve({ rows: [{ applied: '1' }] }) },
    })
    expect((await get(old, '/ready')).status).toBe(503)
  })
})

describe('what the server tells of itself', () => {
  it('names templates, never what was asked for, and people in audit events alone', async () => {
    const events: ServerEvent[] = []
    const metrics = createMetrics()
    const server = serverWith({ log: (event) => events.push(event), metrics })
    const user = await newUser(host.store, server.fetch)
    const secret = 'sEcReT'
    await user.newVersion({ secret })
    await user.ask('PUT', keysPath('1', `!${secret}`, secret), keyOf([false, 1, 0], { secret }))
    await user.ask('PUT', keysPath('1', `!${secret}`, secret), keyOf([true, 1, 0], { secret }))
    await user.ask('GET', keysPath('1'))
    await user.ask('GET', `/room_keys/${secret}`)
    await user.ask('GET', keysPath(secret))
    await askAs(secret, server.fetch)('GET', '/account/whoami')
    await user.ask('DELETE', keysPath('1', `!${secret}`))
    await user.ask('DELETE', '/room_keys/version/1')
    const actor = { userId: user.userId, deviceId: 'DEVICE', version: '1' }
    const isReplacement = ({ type }: ServerEvent): boolean => type === 'key_replaced'
    expect(events.filter(isReplacement)).toEqual([
      {
        type: 'key_replaced',
        ...actor,
        roomId: `!${secret}`,
        sessionId: secret,
        before: { is_verified: false, first_message_index: 1, forwarded_count: 0 },
        after: { is_verified: true, first_message_index: 1, forwarded_count: 0 },
      },
    ])
    const others = events.filter((event) => !isReplacement(event))
    expect(others.filter((event) => 'userId' in event)).toEqual([
      { type: 'version_created', ...actor, removedKeys: 0 },
      { type: 'keys_deleted', ...actor, removedKeys: 1 },
      { type: 'version_deleted', ...actor, removedKeys: 0 },
    ])
    expect(events).toContainEqual({ type: 'keys_uploaded', inserted: 0, replaced: 1, kept: 0 })
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'request',
        method: 'PUT',
        route: `${V3}/room_keys/keys/:roomId/:sessionId`,
        status: 200,
      }),
    )
    expect(events).toContainEqual(expect.objectContaining({ route: 'none', status: 404 }))
    const text = await (await metrics.fetch(new Request(ORIGIN))).text()
    for (const told of [JSON.stringify(others), text]) {
      expect(told).not.toContain(secret)
      expect(told).not.toContain(user.token)
    }
    expect(text).not.toContain(user.userId)
  })

  it('sums up for Prometheus', async () => {
    const metrics = createMetrics()
    const { fetch } = serverWith({ metrics, now: () => 0 })
    for (const method of ['GET', 'GET', 'BREW', 'COFFEE'])
      await fetch(new Request(`${ORIGIN}/health`, { method }))
    const answer = await metrics.fetch(new Request(`${ORIGIN}/metrics`))
    expect(answer.headers.get('content-type')).toContain('version=0.0.4')
    const lines = (await answer.text()).split('\n')
    for (const line of [
      '# TYPE roomkeys_requests_total counter',
      'roomkeys_requests_total{method="GET",route="/health",status="200"} 2',
      'roomkeys_requests_total{method="OTHER",route="none",status="405"} 2',
      '# TYPE roomkeys_request_seconds histogram',
      'roomkeys_request_seconds_bucket{method="GET",route="/health",le="0.001"} 2',
      'roomkeys_request_seconds_count{method="GET",route="/health"} 2',
    ])
      expect(lines).toContain(line)
    expect((await metrics.fetch(new Request(ORIGIN, { method: 'POST' }))).status).toBe(405)
  })

  it('has metrics on a port of their own, and nowhere else', async () => {
    const metrics = createMetrics()
    const server = serverWith({ metrics })
    const [api, own] = [await listen(server), await listen(metrics)]
    expect((await fetch(`${api.url}/metrics`)).status).toBe(404)
    expect(await (await fetch(`${own.url}/metrics`)).text()).toContain('route="none",status="404"')
    await Promise.all([api.close(), own.close()])
  })

  it('counts failures, and answers 503 to those that pass', async () => {
    const events: ServerEvent[] = []
    const { ServerError } = await import('../src/errors.ts')
    const away = new ServerError('store_unavailable', 'away')
    const server = serverWith({
      store: { query: () => Promise.reject(away), transaction: () => Promise.reject(away) },
      log: (event) => events.push(event),
    })
    const user = await newUser(host.store, server.fetch)
    const answer = await user.ask('GET', '/room_keys/version')
    expect(answer).toMatchObject({ status: 503, body: { errcode: 'M_UNKNOWN' } })
    expect(answer.headers.get('retry-after')).toBe('2')
    expect(events).toContainEqual({ type: 'failure', code: 'store_unavailable' })
  })
})

it('a browser that is led to an answer shows nothing of it', async () => {
  const { headers } = await askAs('', host.server.fetch)('GET', '/login')
  expect(headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('referrer-policy')).toBe('no-referrer')
})
