import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  BACKENDS,
  ALGORITHM,
  AUTH_DATA,
  keyOf,
  keysPath,
  openTestServer,
  type TestServer,
} from './helpers.ts'

describe.each(BACKENDS)('on %s', (backend) => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer(backend)
  })
  afterAll(() => host.close())

  const V = '/room_keys/version'
  const body = (auth_data: unknown = AUTH_DATA): object => ({ algorithm: ALGORITHM, auth_data })

  describe('creating and reading', () => {
    it('H1, H2: nothing exists', async () => {
      const { ask } = await host.newUser()
      for (const path of [V, `${V}/bogus_version`, `${V}/1`, `${V}/1337`])
        expect(await ask('GET', path)).toMatchObject({
          status: 404,
          body: { errcode: 'M_NOT_FOUND' },
        })
    })

    it('H3, N14: numbers versions per user, and both reads agree', async () => {
      const { ask } = await host.newUser()
      expect((await ask('POST', V, body())).body).toEqual({ version: '1' })
      const current = await ask('GET', V)
      expect(current.body).toEqual({
        algorithm: ALGORITHM,
        auth_data: AUTH_DATA,
        count: 0,
        etag: '0',
        version: '1',
      })
      expect((await ask('GET', `${V}/1`)).body).toEqual(current.body)
      expect((await ask('POST', V, body({ second: true }))).body).toEqual({ version: '2' })
      expect((await ask('GET', V)).body).toMatchObject({
        version: '2',
        auth_data: { second: true },
      })
      expect((await ask('GET', `${V}/1`)).body).toMatchObject({ auth_data: AUTH_DATA })
    })

    it('Y1: takes any algorithm', async () => {
      const { ask } = await host.newUser()
      await ask('POST', V, { algorithm: 'rot13', auth_data: {} })
      expect((await ask('GET', V)).body).toMatchObject({ algorithm: 'rot13', auth_data: {} })
    })

    it('Y10: more than ten versions, in the order of numbers', async () => {
      const { ask, newVersion } = await host.newUser()
      const ids: string[] = []
      for (let i = 0; i < 11; i++) ids.push(await newVersion())
      expect(ids).toEqual(Array.from({ length: 11 }, (_, i) => String(i + 1)))
      expect((await ask('GET', V)).body).toMatchObject({ version: '11' })
    })

    it('N7: ten at once have ten ids', async () => {
      const { ask, newVersion } = await host.newUser()
      const ids = await Promise.all(Array.from({ length: 10 }, () => newVersion()))
      expect(new Set(ids).size).toBe(10)
      expect((await ask('GET', V)).body).toMatchObject({ version: '10' })
    })

    it('limits the versions of a user, and counts none that is deleted', async () => {
      const user = await host.newUser()
      const fetch = host.withLimits({ versionsPerUser: 2 })
      const create = async (): Promise<Response> =>
        fetch(
          new Request('http://localhost/_matrix/client/v3/room_keys/version', {
            method: 'POST',
            headers: { authorization: `Bearer ${user.token}` },
            body: JSON.stringify(body()),
          }),
        )
      expect([(await create()).status, (await create()).status]).toEqual([200, 200])
      const refused = await create()
      expect(refused.status).toBe(403)
      expect(await refused.json()).toMatchObject({
        errcode: 'M_USER_LIMIT_EXCEEDED',
        info_uri: expect.stringMatching(/^https:/) as unknown,
      })
      await user.ask('DELETE', `${V}/1`)
      expect((await create()).status).toBe(200)
    })
  })

  describe('updating', () => {
    it('H4, H6, Y2: keeps the id, with and without the version in the body', async () => {
      const { ask, newVersion } = await host.newUser()
      await newVersion()
      for (const extra of [{ version: '1' }, {}]) {
        const auth_data = { updated: extra }
        expect(await ask('PUT', `${V}/1`, { ...body(auth_data), ...extra })).toMatchObject({
          status: 200,
          text: '{}',
        })
        expect((await ask('GET', V)).body).toMatchObject({ auth_data, version: '1', count: 0 })
      }
    })

    it.each([
      ['H5: unknown version', '2', body(), 404, 'M_NOT_FOUND'],
      ['unissued version', 'x', body(), 404, 'M_NOT_FOUND'],
      ['H7: other version', '1', { ...body(), version: 'incorrect' }, 400, 'M_INVALID_PARAM'],
      ['numeric version', '1', { ...body(), version: 1 }, 400, 'M_INVALID_PARAM'],
      ['other algorithm', '1', { ...body(), algorithm: 'x' }, 400, 'M_INVALID_PARAM'],
      ['no algorithm', '1', { auth_data: {} }, 400, 'M_BAD_JSON'],
      ['no auth_data', '1', { algorithm: ALGORITHM }, 400, 'M_BAD_JSON'],
      ['D16: a key', '1', keyOf(), 400, 'M_BAD_JSON'],
    ])('refuses %s and changes nothing', async (...[, version, sent, status, errcode]) => {
      const { ask, newVersion } = await host.newUser()
      await newVersion()
      const before = await ask('GET', V)
      expect(await ask('PUT', `${V}/${version}`, sent)).toMatchObject({ status, body: { errcode } })
      expect((await ask('GET', V)).text).toBe(before.text)
    })

    it('N11: works on an older version, and moves neither etag nor count', async () => {
      const { ask, newVersion } = await host.newUser()
      await newVersion()
      await ask('PUT', keysPath('1', '!r', 's'), keyOf())
      await newVersion({ current: true })
      expect((await ask('PUT', `${V}/1`, body({ older: true }))).status).toBe(200)
      expect((await ask('GET', `${V}/1`)).body).toMatchObject({
        auth_data: { older: true },
        etag: '1',
        count: 1,
      })
      expect((await ask('GET', V)).body).toMatchObject({
        version: '2',
        auth_data: { current: true },
      })
    })
  })

  describe('deleting', () => {
    it('H8, H10, D21 to D24: unknown, deleted, deleted again', async () => {
      const { ask, newVersion } = await host.newUser()
      for (const id of ['1', 'current'])
        expect(await ask('DELETE', `${V}/${id}`)).toMatchObject({ status: 404 })
      await newVersion()
      for (let i = 0; i < 2; i++)
        expect(await ask('DELETE', `${V}/1`)).toMatchObject({ status: 200, text: '{}' })
      for (const path of [V, `${V}/1`]) expect((await ask('GET', path)).status).toBe(404)
      expect((await ask('DELETE', `${V}/`)).body).toMatchObject({ errcode: 'M_UNRECOGNIZED' })
    })

    it('Y8, N10: the previous version is current and writable again, and no id returns', async () => {
      const { ask, newVersion } = await host.newUser()
      await newVersion()
      await newVersion()
      await ask('DELETE', `${V}/2`)
      expect((await ask('GET', V)).body).toMatchObject({ version: '1' })
      expect((await ask('PUT', keysPath('1', '!r', 's'), keyOf())).status).toBe(200)
      await ask('DELETE', `${V}/1`)
      expect((await ask('GET', V)).status).toBe(404)
      expect(await newVersion()).toBe('3')
    })

    it('N10: every operation on a deleted version is 404', async () => {
      const { ask, newVersion } = await host.newUser()
      await newVersion()
      await newVersion()
      await ask('DELETE', `${V}/2`)
      const requests: readonly (readonly [string, string, unknown?])[] = [
        ['PUT', `${V}/2`, body()],
        ['PUT', keysPath('2', '!r', 's'), keyOf()],
        ['PUT', keysPath('2', '!r'), { sessions: {} }],
        ['PUT', keysPath('2'), { rooms: {} }],
        ...['GET', 'DELETE'].flatMap((method) =>
          [[], ['!r'], ['!r', 's']].map((ids) => [method, keysPath('2', ...ids)] as const),
        ),
      ]
      for (const [method, path, sent] of requests)
        expect(await ask(method, path, sent), `${method} ${path}`).toMatchObject({
          status: 404,
          body: { errcode: 'M_NOT_FOUND' },
        })
    })

    it('Y9, ST1: keys go with their version, and only those', async () => {
      const { ask, newVersion, userId } = await host.newUser()
      await newVersion()
      await ask('PUT', keysPath('1', '!r', 's'), keyOf())
      await newVersion()
      expect((await ask('GET', keysPath('2'))).text).toBe('{"rooms":{}}')
      await ask('PUT', keysPath('2', '!r', 's'), keyOf([true, 0, 0]))
      await ask('DELETE', `${V}/1`)
      await host.server.settled()
      expect((await ask('GET', keysPath('2', '!r', 's'))).body).toEqual(keyOf([true, 0, 0]))
      const { rows } = await host.store.query(
        'SELECT version::text AS version FROM backup_keys WHERE user_id = $1',
        [userId],
      )
      expect(rows).toEqual([{ version: '2' }])
    })
  })
})
