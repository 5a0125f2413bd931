import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createServer, createUser, deleteUser } from '../src/index.ts'
import {
  closeUnharmed,
  crossSigningKeys,
  deviceKeys,
  keyPair,
  newDevice,
  newPerson,
  newUserId,
  oneTimeKeys,
  sync,
  type TestDevice,
} from './device-helpers.ts'
import {
  type Answer,
  answerOf,
  askAs,
  BACKENDS,
  type Fetch,
  openTestServer,
  ORIGIN,
  type TestServer,
  V3,
} from './helpers.ts'

const PASSWORD = 'correct horse'

async function anonymous(fetch: Fetch, path: string, body: unknown): Promise<Answer> {
  const init = { method: 'POST', body: JSON.stringify(body) }
  return answerOf(await fetch(new Request(ORIGIN + V3 + path, init)))
}

/** Every table with rows of users, and how many rows of one there are. */
const TABLES = [
  'users',
  'access_tokens',
  'account_data',
  'devices',
  'one_time_keys',
  'fallback_keys',
  'to_device_messages',
  'to_device_transactions',
  'cross_signing_keys',
  'key_signatures',
  'device_list_changes',
  'filters',
  'interactive_sessions',
]

async function rowsOf({ store }: TestServer, userId: string): Promise<Record<string, number>> {
  const counts: [string, number][] = []
  for (const table of TABLES) {
    const sql = `SELECT user_id FROM ${table} WHERE user_id = $1`
    counts.push([table, (await store.query(sql, [userId])).rows.length])
  }
  return Object.fromEntries(counts)
}

const KEYS = [keyPair(1), keyPair(2), keyPair(3)] as const

/** Leaves at least one row in every table. */
async function leaveTraces(host: TestServer, device: TestDevice): Promise<void> {
  const { ask, userId, deviceId } = device
  const user = encodeURIComponent(userId)
  const keys = deviceKeys(device, keyPair(9))
  await ask('PUT', `/user/${user}/account_data/x`, {})
  await ask('POST', `/user/${user}/filter`, {})
  await ask('POST', '/keys/upload', {
    device_keys: keys,
    one_time_keys: oneTimeKeys(2),
    fallback_keys: oneTimeKeys(1),
  })
  await ask('PUT', '/sendToDevice/m.x/1', { messages: { [userId]: { '*': {} } } })
  await ask('POST', '/keys/device_signing/upload', crossSigningKeys(userId, KEYS))
  await host.store.query(
    `INSERT INTO key_signatures (user_id, target_user_id, target_key, signing_key_id, signature)
     VALUES ($1, $1, $2, 'ed25519:x', 's')`,
    [userId, deviceId],
  )
  await ask('DELETE', `/devices/${deviceId}`)
}

describe.each(BACKENDS)('on %s', (backend) => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer(backend)
  })
  afterAll(() => closeUnharmed(host))

  it('signing out takes what is of the device, and leaves what is of the user', async () => {
    const device = await newPerson(host)
    const other = await newDevice(host, device.userId, { deviceId: 'TABLET' })
    await leaveTraces(host, device)
    const { next_batch: since } = await sync(other)
    const rows = await rowsOf(host, device.userId)
    expect(Object.values(rows).every((count) => count > 0)).toBe(true)
    expect((await device.ask('POST', '/logout')).text).toBe('{}')
    expect(await rowsOf(host, device.userId)).toEqual({
      ...rows,
      access_tokens: 1,
      devices: 1,
      one_time_keys: 0,
      fallback_keys: 0,
      to_device_messages: 1,
      key_signatures: 0,
    })
    expect((await sync(other, { since })).device_lists.changed).toEqual([device.userId])
    expect((await device.ask('GET', '/sync')).status).toBe(401)
  })

  it('signing out everywhere ends every token', async () => {
    const device = await newPerson(host)
    const other = await newDevice(host, device.userId, { deviceId: 'TABLET' })
    expect((await device.ask('POST', '/logout/all')).text).toBe('{}')
    for (const { ask } of [device, other]) expect((await ask('GET', '/devices')).status).toBe(401)
  })

  it('a user who is removed leaves nothing behind', async () => {
    const [gone, stays] = [await newPerson(host), await newPerson(host)]
    for (const device of [gone, stays]) await leaveTraces(host, device)
    const rows = await rowsOf(host, stays.userId)
    await deleteUser(host.store, gone.userId)
    expect(Object.values(await rowsOf(host, gone.userId)).every((count) => count === 0)).toBe(true)
    expect(await rowsOf(host, stays.userId)).toEqual(rows)
  })

  it('signing in again as a device keeps its keys and its name', async () => {
    const device = await newPerson(host)
    await device.ask('POST', '/keys/upload', { one_time_keys: oneTimeKeys(3) })
    await device.ask('PUT', '/devices/PHONE', { display_name: 'mine' })
    const again = await newDevice(host, device.userId)
    expect((await sync(again)).device_one_time_keys_count).toEqual({ signed_curve25519: 3 })
    expect((await again.ask('GET', '/devices')).body).toEqual({
      devices: [{ device_id: 'PHONE', display_name: 'mine' }],
    })
  })
})

describe('in any case', () => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer()
  })
  afterAll(() => closeUnharmed(host))

  describe('devices', () => {
    it('are listed, read and named', async () => {
      const { ask, userId } = await newPerson(host)
      await newDevice(host, userId, { deviceId: 'A/B é' })
      const path = `/devices/${encodeURIComponent('A/B é')}`
      expect((await ask('PUT', path, { display_name: 'desk', other: 1 })).text).toBe('{}')
      expect((await ask('GET', path)).body).toEqual({ device_id: 'A/B é', display_name: 'desk' })
      expect((await ask('GET', '/devices')).body).toEqual({
        devices: [{ device_id: 'A/B é', display_name: 'desk' }, { device_id: 'PHONE' }],
      })
      for (const [method, body] of [['GET'], ['PUT', {}]] as const)
        expect(await ask(method, '/devices/NONE', body)).toMatchObject({
          status: 404,
          body: { errcode: 'M_NOT_FOUND' },
        })
    })

    it.each([
      ['a\0', 400],
      ['\ud800', 400],
      ['é'.repeat(200), 413],
      [1, 400],
    ])('%j is no name', async (display_name, status) => {
      const { ask } = await newPerson(host)
      expect((await ask('PUT', '/devices/PHONE', { display_name })).status).toBe(status)
    })

    it('of another user are not there', async () => {
      const [one, other] = [await newPerson(host), await newPerson(host)]
      await newDevice(host, other.userId, { deviceId: 'THEIRS' })
      expect((await one.ask('GET', '/devices/THEIRS')).status).toBe(404)
      expect((await one.ask('PUT', '/devices/THEIRS', { display_name: 'x' })).status).toBe(404)
    })

    it('are removed with the password, one or several at once', async () => {
      const userId = '@remover:localhost'
      await createUser(host.store, { userId, password: PASSWORD })
      const device = await newDevice(host, userId)
      for (const deviceId of ['A', 'B', 'C']) await newDevice(host, userId, { deviceId })
      const challenge = await device.ask('DELETE', '/devices/A')
      expect(challenge).toMatchObject({ status: 401, body: { params: {} } })
      const { session } = challenge.body
      const auth = { type: 'm.login.password', session, user: 'remover', password: PASSWORD }
      expect((await device.ask('DELETE', '/devices/A', { auth: { session } })).status).toBe(401)
      expect((await device.ask('DELETE', '/devices/A', { auth })).text).toBe('{}')
      const several = { devices: ['B', 'C', 'NONE'], auth: { ...auth, session: undefined } }
      expect((await device.ask('POST', '/delete_devices', several)).text).toBe('{}')
      expect((await device.ask('GET', '/devices')).body).toEqual({
        devices: [{ device_id: 'PHONE' }],
      })
    })

    it('are limited', async () => {
      const userId = '@many:localhost'
      await createUser(host.store, { userId, password: PASSWORD })
      const fetch = host.withLimits({ devicesPerUser: 2 })
      const login = (device_id: string): Promise<Answer> =>
        anonymous(fetch, '/login', {
          type: 'm.login.password',
          user: userId,
          password: PASSWORD,
          device_id,
        })
      const statuses = []
      for (const deviceId of ['A', 'B', 'B', 'C']) statuses.push((await login(deviceId)).status)
      expect(statuses).toEqual([200, 200, 200, 403])
    })

    it('are named at their first sign-in', async () => {
      const userId = '@named:localhost'
      await createUser(host.store, { userId, password: PASSWORD })
      const login = (name: string): Promise<Answer> =>
        anonymous(host.server.fetch, '/login', {
          type: 'm.login.password',
          user: userId,
          password: PASSWORD,
          device_id: 'D',
          initial_device_display_name: name,
        })
      await login('first')
      const { body } = await login('second')
      const ask = askAs(String(body['access_token']), host.server.fetch)
      expect((await ask('GET', '/devices/D')).body).toMatchObject({ display_name: 'first' })
      expect((await login('a\0')).status).toBe(400)
    })
  })

  describe('registration', () => {
    const register = (
      body: unknown,
      registration: 'open' | 'closed' = 'open',
      query = '',
    ): Promise<Answer> => {
      const server = createServer({ store: host.store, serverName: 'localhost', registration })
      return anonymous(server.fetch, `/register${query}`, body)
    }
    const auth = { type: 'm.login.dummy' }

    it('is closed unless it was opened, and never open to guests', async () => {
      for (const answer of [
        await register({ auth, username: 'x', password: PASSWORD }, 'closed'),
        await anonymous(host.server.fetch, '/register', {}),
        await register({ auth }, 'open', '?kind=guest'),
      ])
        expect(answer).toMatchObject({ status: 403, body: { errcode: 'M_FORBIDDEN' } })
    })

    it('creates a user who is signed in', async () => {
      const body = { username: 'new.user', password: PASSWORD, device_id: 'D' }
      const challenge = await register(body)
      expect(challenge.status).toBe(401)
      expect(challenge.body).toMatchObject({ flows: [{ stages: ['m.login.dummy'] }], params: {} })
      expect(challenge.body).not.toHaveProperty('errcode')
      const { session } = challenge.body
      const answer = await register({ ...body, auth: { ...auth, session } })
      expect(answer.body).toMatchObject({ user_id: '@new.user:localhost', device_id: 'D' })
      const ask = askAs(String(answer.body['access_token']), host.server.fetch)
      expect((await ask('GET', '/account/whoami')).status).toBe(200)
      expect(await register({ ...body, auth })).toMatchObject({
        status: 400,
        body: { errcode: 'M_USER_IN_USE' },
      })
    })

    it('may leave the name to the server, and the sign-in for later', async () => {
      const { body } = await register({ auth, password: PASSWORD, inhibit_login: true })
      expect(body).toEqual({
        user_id: expect.stringMatching(/^@u[a-z0-9.-]+:localhost$/) as unknown,
      })
    })

    it.each(['', 'Upper', 'a b', 'a:b', 'é', 'a\0', '@a'])(
      '%j is no username',
      async (username) => {
        expect(await register({ auth, username, password: PASSWORD })).toMatchObject({
          status: 400,
          body: { errcode: 'M_INVALID_USERNAME' },
        })
      },
    )

    it('needs a password and a name that fits', async () => {
      expect((await register({ auth, username: 'nobody' })).status).toBe(400)
      const username = 'x'.repeat(250)
      expect((await register({ auth, username, password: PASSWORD })).status).toBe(400)
    })
  })

  describe('account data', () => {
    it('of the server cannot be written', async () => {
      const { ask, userId } = await newPerson(host)
      for (const type of ['m.push_rules', 'm.fully_read'])
        expect(
          await ask('PUT', `/user/${encodeURIComponent(userId)}/account_data/${type}`, {}),
        ).toMatchObject({ status: 405, body: { errcode: 'M_BAD_JSON' } })
    })

    it('is limited in number and size; what is refused changes nothing', async () => {
      const { token, userId } = await newPerson(host)
      const limits = { accountDataTypes: 3, accountDataTotalBytes: 100 }
      const ask = askAs(token, host.withLimits(limits))
      const put = async (type: string, content: unknown): Promise<number> =>
        (await ask('PUT', `/user/${encodeURIComponent(userId)}/account_data/${type}`, content))
          .status
      expect(await put('a', { text: 'x'.repeat(80) })).toBe(200)
      expect(await put('b', { text: 'x'.repeat(80) })).toBe(413)
      expect(await put('a', {})).toBe(200)
      for (const type of ['b', 'c']) expect(await put(type, {})).toBe(200)
      expect(await put('d', {})).toBe(413)
      const { events } = (await sync({ ask })).account_data
      expect(events.map(({ type }) => type)).toEqual(['a', 'b', 'c'])
    })
  })

  it('answers what a client asks when it starts', async () => {
    const { ask } = await newPerson(host)
    expect((await ask('GET', '/capabilities')).body).toHaveProperty('capabilities')
    for (const path of ['/pushrules/', '/pushrules'])
      expect((await ask('GET', path)).body).toMatchObject({ global: { override: [] } })
    expect((await ask('GET', '/voip/turnServer')).text).toBe('{}')
    expect((await ask('GET', '/_matrix/client/versions')).body['versions']).toContain('v1.13')
  })

  it.each(['GET', 'PUT', 'DELETE'])('knows no dehydrated devices: %s', async (method) => {
    const { ask } = await newPerson(host)
    const path = '/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device'
    expect(await ask(method, path, method === 'PUT' ? {} : undefined)).toMatchObject({
      status: 404,
      body: { errcode: 'M_UNRECOGNIZED' },
    })
  })

  it.each([
    ['POST', '/logout/all'],
    ['GET', '/devices'],
    ['GET', '/devices/D'],
    ['PUT', '/devices/D'],
    ['DELETE', '/devices/D'],
    ['POST', '/delete_devices'],
    ['POST', '/keys/upload'],
    ['POST', '/keys/query'],
    ['POST', '/keys/claim'],
    ['GET', '/keys/changes'],
    ['POST', '/keys/device_signing/upload'],
    ['POST', '/keys/signatures/upload'],
    ['PUT', '/sendToDevice/t/1'],
    ['GET', '/sync'],
    ['POST', '/user/@a:b/filter'],
    ['GET', '/user/@a:b/filter/1'],
    ['GET', '/capabilities'],
    ['GET', '/pushrules/'],
    ['GET', '/voip/turnServer'],
  ])('%s %s needs a token', async (method, path) => {
    const answers = await Promise.all([
      host.server.fetch(new Request(ORIGIN + V3 + path, { method })),
      host.server.fetch(new Request(`${ORIGIN}${V3}${path}?access_token=x`, { method })),
    ])
    expect(answers.map(({ status }) => status)).toEqual([401, 401])
    expect(
      await Promise.all(
        answers.map(async (a) => ((await a.json()) as { errcode: string }).errcode),
      ),
    ).toEqual(['M_MISSING_TOKEN', 'M_UNKNOWN_TOKEN'])
  })

  it('a user who was removed while a request was on its way is signed out', async () => {
    const device = await newDevice(host, await newUserId(host))
    const racing = [
      device.ask('POST', '/keys/upload', { one_time_keys: oneTimeKeys(1) }),
      deleteUser(host.store, device.userId),
      device.ask('PUT', `/user/${encodeURIComponent(device.userId)}/account_data/x`, {}),
      device.ask('POST', '/keys/device_signing/upload', crossSigningKeys(device.userId, KEYS)),
    ]
    const statuses = (await Promise.all(racing)).map((answer) => answer?.status ?? 0)
    expect(statuses.every((status) => [0, 200, 401].includes(status))).toBe(true)
  })
})
