import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BACKENDS, keyOf, keysPath, openTestServer, roomsOf, type TestServer } from './helpers.ts'

describe.each(BACKENDS)('on %s', (backend) => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer(backend)
  })
  afterAll(() => host.close())

  const WRONG = 'M_WRONG_ROOM_KEYS_VERSION'
  const UPLOADS: readonly (readonly [readonly string[], object])[] = [
    [['!r', 's'], keyOf()],
    [['!r'], { sessions: { s: keyOf() } }],
    [[], { rooms: { '!r': { sessions: { s: keyOf() } } } }],
  ]

  describe('uploading', () => {
    it.each(UPLOADS)(
      'H13, H14, H15, Y7, N1, D12: the version has to be current (%j)',
      async (ids, body) => {
        const { ask, newVersion } = await host.newUser()
        expect(await ask('PUT', keysPath('1', ...ids), body)).toMatchObject({ status: 404 })
        await newVersion()
        for (const version of ['2', 'bogus'])
          expect(await ask('PUT', keysPath(version, ...ids), body)).toMatchObject({
            status: 404,
            body: { errcode: 'M_NOT_FOUND' },
          })
        await newVersion()
        expect(await ask('PUT', keysPath('1', ...ids), body)).toMatchObject({
          status: 403,
          body: { errcode: WRONG, current_version: '2' },
        })
      },
    )

    it('H16, Y4, D13 to D20: a key is in all three reads, types intact', async () => {
      for (const [ids, body] of UPLOADS) {
        const { ask, newVersion } = await host.newUser()
        await newVersion()
        expect((await ask('PUT', keysPath('1', ...ids), body)).text).toBe('{"count":1,"etag":"1"}')
        const key = keyOf()
        expect((await ask('GET', keysPath('1', '!r', 's'))).body).toEqual(key)
        expect((await ask('GET', keysPath('1', '!r'))).body).toEqual({ sessions: { s: key } })
        expect((await ask('GET', keysPath('1'))).body).toEqual({
          rooms: { '!r': { sessions: { s: key } } },
        })
      }
    })

    it('N4: uploads of nothing change nothing', async () => {
      const { ask, newVersion } = await host.newUser()
      await newVersion({ kept: true })
      const before = await ask('GET', '/room_keys/version')
      const nothing = { count: 0, etag: '0' }
      expect((await ask('PUT', keysPath('1'), { rooms: {} })).body).toEqual(nothing)
      expect((await ask('PUT', keysPath('1'), roomsOf([['!r', []]]))).body).toEqual(nothing)
      expect((await ask('PUT', keysPath('1', '!r'), { sessions: {} })).body).toEqual(nothing)
      expect((await ask('GET', '/room_keys/version')).text).toBe(before.text)
    })

    it('N3: one etag a request, and none when every copy is worse', async () => {
      const { ask, newVersion } = await host.newUser()
      await newVersion()
      const upload = (index: number, sessions: readonly string[]): Promise<{ body: unknown }> =>
        ask(
          'PUT',
          keysPath('1'),
          roomsOf([['!r', sessions.map((id) => [id, keyOf([false, index, 0])])]]),
        )
      expect((await upload(5, ['a', 'b', 'c'])).body).toEqual({ count: 3, etag: '1' })
      expect((await upload(5, ['a', 'b', 'c'])).body).toEqual({ count: 3, etag: '1' })
      expect((await upload(6, ['a', 'b'])).body).toEqual({ count: 3, etag: '1' })
      expect((await upload(4, ['c', 'd', 'e'])).body).toEqual({ count: 5, etag: '2' })
    })

    it('N5: a bad key spoils its whole batch', async () => {
      const { ask, newVersion } = await host.newUser()
      await newVersion()
      const keys = Array.from({ length: 60 }, (_, i) => [`s${i}`, keyOf()] as const)
      const bad = keys.map(
        ([id, key], i) => [id, i === 49 ? { ...key, is_verified: 1 } : key] as const,
      )
      expect(await ask('PUT', keysPath('1'), roomsOf([['!r', bad]]))).toMatchObject({
        status: 400,
        body: { errcode: 'M_INVALID_PARAM' },
      })
      expect((await ask('GET', keysPath('1'))).text).toBe('{"rooms":{}}')
      expect((await ask('GET', '/room_keys/version')).body).toMatchObject({ count: 0, etag: '0' })
    })

    it('N6: 20 at once of different sessions', async () => {
      const { ask, newVersion } = await host.newUser()
      await newVersion()
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) => ask('PUT', keysPath('1', '!r', `s${i}`), keyOf())),
      )
      expect(new Set(answers.map(({ body }) => body['etag'])).size).toBe(20)
      expect((await ask('GET', '/room_keys/version')).body).toMatchObject({ count: 20, etag: '20' })
    })

    it('N6: 20 at once of one session', async () => {
      const { ask, newVersion } = await host.newUser()
      await newVersion()
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          ask('PUT', keysPath('1', '!r', 's'), keyOf([false, (i * 7) % 20, 0])),
        ),
      )
      expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
      expect(answers.every(({ body }) => body['count'] === 1)).toBe(true)
      expect((await ask('GET', keysPath('1', '!r', 's'))).body).toEqual(keyOf([false, 0, 0]))
    })

    it('N8: uploads racing a new version land in exactly one', async () => {
      const { ask, newVersion } = await host.newUser()
      await newVersion()
      const [answers] = await Promise.all([
        Promise.all(
          Array.from({ length: 10 }, (_, i) => ask('PUT', keysPath('1', '!r', `s${i}`), keyOf())),
        ),
        newVersion(),
      ])
      const accepted = answers.filter(({ status }) => status === 200).length
      const refused = answers.filter(({ status }) => status !== 200).map(({ body }) => body)
      const refusal = expect.objectContaining({ errcode: WRONG, current_version: '2' }) as unknown
      expect(refused).toEqual(Array(10 - accepted).fill(refusal))
      expect((await ask('GET', '/room_keys/version/1')).body).toMatchObject({ count: accepted })
      expect((await ask('GET', keysPath('2'))).text).toBe('{"rooms":{}}')
    })
  })

  describe('reading', () => {
    it('H11, H12, Y3, D7 to D9: empty and unknown', async () => {
      const { ask, newVersion } = await host.newUser()
      await newVersion()
      expect((await ask('GET', keysPath('1'))).text).toBe('{"rooms":{}}')
      expect((await ask('GET', keysPath('1', '!r'))).text).toBe('{"sessions":{}}')
      expect(await ask('GET', keysPath('1', '!r', 's'))).toMatchObject({
        status: 404,
        body: { errcode: 'M_NOT_FOUND' },
      })
      for (const ids of [[], ['!r'], ['!r', 's']])
        expect((await ask('GET', keysPath('bogus_version', ...ids))).status).toBe(404)
    })

    it('reads an older version', async () => {
      const { ask, newVersion } = await host.newUser()
      await newVersion()
      await ask('PUT', keysPath('1', '!r', 's'), keyOf())
      await newVersion()
      expect((await ask('GET', keysPath('1', '!r', 's'))).body).toEqual(keyOf())
      expect((await ask('GET', keysPath('1'))).body).toEqual(roomsOf([['!r', [['s', keyOf()]]]]))
    })
  })

  describe('deleting', () => {
    const seed = roomsOf([
      [
        '!r',
        [
          ['ab', keyOf()],
          ['abc', keyOf()],
          ['x_y', keyOf()],
          ['xzy', keyOf()],
        ],
      ],
      ['!ro', [['ab', keyOf()]]],
    ])

    it('H18, N9: all, a room, a session; siblings stay; nothing removed moves nothing', async () => {
      const { ask, newVersion } = await host.newUser()
      await newVersion()
      await ask('PUT', keysPath('1'), seed)
      await newVersion()
      const remove = async (...ids: readonly string[]): Promise<unknown> =>
        (await ask('DELETE', keysPath('1', ...ids))).body
      expect(await remove('!r', 'ab')).toEqual({ count: 4, etag: '2' })
      expect(await remove('!r', 'ab')).toEqual({ count: 4, etag: '2' })
      expect((await ask('GET', keysPath('1', '!r', 'abc'))).status).toBe(200)
      expect(await remove('!r', 'x_y')).toEqual({ count: 3, etag: '3' })
      expect((await ask('GET', keysPath('1', '!r', 'xzy'))).status).toBe(200)
      expect(await remove('!r')).toEqual({ count: 1, etag: '4' })
      expect((await ask('GET', keysPath('1'))).body).toEqual(roomsOf([['!ro', [['ab', keyOf()]]]]))
      expect(await remove()).toEqual({ count: 0, etag: '5' })
      expect(await remove()).toEqual({ count: 0, etag: '5' })
      expect((await ask('GET', '/room_keys/version/1')).body).toMatchObject({ count: 0, etag: '5' })
    })

    it('never repeats an etag when the same key comes back', async () => {
      const { ask, newVersion } = await host.newUser()
      await newVersion()
      const etags: unknown[] = []
      for (let i = 0; i < 2; i++) {
        etags.push((await ask('PUT', keysPath('1', '!r', 's'), keyOf())).body['etag'])
        etags.push((await ask('DELETE', keysPath('1', '!r', 's'))).body['etag'])
      }
      expect(etags).toEqual(['1', '2', '3', '4'])
    })
  })
})
