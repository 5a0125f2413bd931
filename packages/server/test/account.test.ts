import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createUser, deleteUser, ServerError } from '../src/index.ts'
import {
  type Answer,
  answerOf,
  askAs,
  BACKENDS,
  keyOf,
  keysPath,
  ORIGIN,
  openTestServer,
  type TestServer,
  V3,
} from './helpers.ts'

describe.each(BACKENDS)('accounts on %s', (backend) => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer(backend)
    await createUser(host.store, { userId: '@alice:localhost', password: 'correct horse' })
  })
  afterAll(() => host.close())

  async function anonymous(method: string, path: string, body?: unknown): Promise<Answer> {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
    return answerOf(await host.server.fetch(new Request(ORIGIN + path, init)))
  }

  const login = (body: unknown): Promise<Answer> => anonymous('POST', `${V3}/login`, body)
  const TYPE = 'm.login.password'
  const alice = { type: 'm.id.user', user: 'alice' }
  const password = 'correct horse'

  describe('signing in', () => {
    it('offers passwords', async () => {
      expect((await anonymous('GET', `${V3}/login`)).body).toEqual({ flows: [{ type: TYPE }] })
    })

    it.each([
      ['localpart', { identifier: alice }],
      ['full id', { identifier: { ...alice, user: '@alice:localhost' } }],
      ['legacy user', { user: 'alice' }],
      ['legacy full id', { user: '@alice:localhost' }],
    ])('by %s', async (_, user) => {
      const { status, body } = await login({ type: TYPE, password, ...user })
      expect(status).toBe(200)
      expect(body).toEqual({
        user_id: '@alice:localhost',
        access_token: expect.stringMatching(/^rk1\.[\w-]+\.[\w-]{43}$/) as unknown,
        device_id: expect.stringMatching(/^[A-Z]{10}$/) as unknown,
      })
    })

    it.each([
      ['wrong password', { password: 'x', identifier: alice }],
      ['unknown user', { password, user: 'bob' }],
      ['other server', { password, user: '@alice:elsewhere' }],
      ['U+0000', { password, user: 'a\0' }],
      ['long name', { password, user: 'a'.repeat(300) }],
    ])('%s: always the same refusal', async (_, body) => {
      expect(await login({ type: TYPE, ...body })).toMatchObject({
        status: 403,
        body: { errcode: 'M_FORBIDDEN', error: 'Invalid username or password' },
      })
    })

    it.each([
      ['other type', { type: 'm.login.token', token: 'x' }, 'M_UNKNOWN'],
      [
        'other identifier',
        { type: TYPE, password, identifier: { type: 'm.id.phone' } },
        'M_UNKNOWN',
      ],
      ['no user', { type: TYPE, password }, 'M_BAD_JSON'],
      ['no password', { type: TYPE, user: 'alice' }, 'M_BAD_JSON'],
      ['no type', { user: 'alice', password }, 'M_BAD_JSON'],
      ['numeric password', { type: TYPE, user: 'alice', password: 1 }, 'M_INVALID_PARAM'],
      ['bad device', { type: TYPE, user: 'alice', password, device_id: '\0' }, 'M_INVALID_PARAM'],
    ])('refuses %s', async (_, body, errcode) => {
      expect(await login(body)).toMatchObject({ status: 400, body: { errcode } })
    })

    it('limits the body, which anyone may send', async () => {
      expect((await login({ type: TYPE, password: 'x'.repeat(70_000) })).status).toBe(413)
    })

    it('keeps neither password nor token', async () => {
      const { body } = await login({ type: TYPE, password, identifier: alice })
      const dump = JSON.stringify([
        await host.store.query('SELECT * FROM users'),
        await host.store.query('SELECT * FROM access_tokens'),
      ])
      expect(dump).not.toContain(password)
      expect(dump).not.toContain(body['access_token'])
      expect(dump).toContain('scrypt$32768$8$1$')
    })

    it('signing in again as a device ends its earlier token', async () => {
      const body = { type: TYPE, password, identifier: alice, device_id: 'PHONE' }
      const tokens = [await login(body), await login(body)].map((a) =>
        String(a.body['access_token']),
      )
      const whoAmI = tokens.map((token) =>
        askAs(token, host.server.fetch)('GET', '/account/whoami'),
      )
      const [first, second] = await Promise.all(whoAmI)
      expect(first).toMatchObject({ status: 401, body: { errcode: 'M_UNKNOWN_TOKEN' } })
      expect(second?.body).toEqual({
        user_id: '@alice:localhost',
        device_id: 'PHONE',
        is_guest: false,
      })
    })

    it('S2: signing out ends one token and leaves the backup', async () => {
      const { ask, newVersion, userId } = await host.newUser()
      await newVersion()
      expect((await ask('POST', '/logout')).text).toBe('{}')
      expect(await ask('GET', '/account/whoami')).toMatchObject({
        status: 401,
        body: { errcode: 'M_UNKNOWN_TOKEN', soft_logout: false },
      })
      const { rows } = await host.store.query(
        'SELECT algorithm FROM backup_versions WHERE user_id = $1',
        [userId],
      )
      expect(rows).toHaveLength(1)
    })
  })

  describe('users', () => {
    it('exist once', async () => {
      await expect(
        createUser(host.store, { userId: '@alice:localhost', password: 'x' }),
      ).rejects.toMatchObject({ code: 'user_exists', retryable: false })
      await expect(
        createUser(host.store, { userId: '@alice:localhost', password: 'x' }),
      ).rejects.toBeInstanceOf(ServerError)
    })

    it.each(['alice', '@alice', '@:x', '@a\0:b', `@${'a'.repeat(255)}:b`])(
      'have a full id, unlike %j',
      async (userId) => {
        await expect(createUser(host.store, { userId, password: 'x' })).rejects.toBeInstanceOf(
          TypeError,
        )
      },
    )

    it('A1: leave nothing behind', async () => {
      const [gone, stays] = [await host.newUser(), await host.newUser()]
      for (const { ask, newVersion, userId } of [gone, stays]) {
        for (let i = 0; i < 2; i++)
          await ask('PUT', keysPath(await newVersion(), '!r', 's'), keyOf())
        await ask('PUT', `/user/${encodeURIComponent(userId)}/account_data/t`, {})
      }
      await deleteUser(host.store, gone.userId)
      const tables = ['users', 'access_tokens', 'account_data', 'backup_versions', 'backup_keys']
      const rowsOf = async (userId: string): Promise<number[]> =>
        Promise.all(
          tables.map(async (table) => {
            const sql = `SELECT user_id FROM ${table} WHERE user_id = $1`
            return (await host.store.query(sql, [userId])).rows.length
          }),
        )
      expect(await rowsOf(gone.userId)).toEqual([0, 0, 0, 0, 0])
      expect(await rowsOf(stays.userId)).toEqual([1, 1, 1, 2, 2])
    })
  })

  describe('account data', () => {
    it('is stored and read as it is, and cleared with {}', async () => {
      const { ask, userId } = await host.newUser()
      const path = `/user/${encodeURIComponent(userId)}/account_data/m.secret_storage.default_key`
      expect(await ask('GET', path)).toMatchObject({
        status: 404,
        body: { errcode: 'M_NOT_FOUND' },
      })
      for (const content of ['{"key":"a","__proto__":{"b":"\\u0000"}}', '{}']) {
        expect((await ask('PUT', path, content)).text).toBe('{}')
        expect((await ask('GET', path)).text).toBe(content)
      }
    })

    it('has to be an object', async () => {
      const { ask, userId } = await host.newUser()
      const path = `/user/${encodeURIComponent(userId)}/account_data/t`
      for (const content of ['[]', '1', 'null'])
        expect((await ask('PUT', path, content)).body).toMatchObject({ errcode: 'M_BAD_JSON' })
      expect((await ask('PUT', path, '{')).body).toMatchObject({ errcode: 'M_NOT_JSON' })
      expect((await ask('PUT', `${path}%00`, {})).body).toMatchObject({
        errcode: 'M_INVALID_PARAM',
      })
    })

    it('belongs to its user alone', async () => {
      const [one, other] = [await host.newUser(), await host.newUser()]
      const path = `/user/${encodeURIComponent(other.userId)}/account_data/t`
      for (const method of ['GET', 'PUT'])
        expect(await one.ask(method, path, method === 'PUT' ? {} : undefined)).toMatchObject({
          status: 403,
          body: { errcode: 'M_FORBIDDEN' },
        })
    })
  })

  it('S1, S14: one user sees and touches nothing of another', async () => {
    const [one, other] = [await host.newUser(), await host.newUser()]
    await one.newVersion()
    await one.ask('PUT', keysPath('1', '!r', 's'), keyOf())
    await one.newVersion()
    await other.newVersion({ other: true })
    expect((await other.ask('GET', keysPath('1'))).text).toBe('{"rooms":{}}')
    for (const ids of [[], ['!r'], ['!r', 's']]) await other.ask('DELETE', keysPath('1', ...ids))
    for (const path of ['/room_keys/version/', '/room_keys/keys?version=']) {
      const [theirs, nobodys] = [
        await other.ask('GET', `${path}2`),
        await other.ask('GET', `${path}9`),
      ]
      expect(theirs.status).toBe(404)
      expect(theirs.text).toBe(nobodys.text)
    }
    await other.ask('DELETE', '/room_keys/version/1')
    expect((await one.ask('GET', keysPath('1', '!r', 's'))).body).toEqual(keyOf())
    expect((await one.ask('GET', '/room_keys/version/1')).body).toMatchObject({
      count: 1,
      etag: '1',
    })
  })
})
