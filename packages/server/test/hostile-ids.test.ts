import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BACKENDS, keyOf, keysPath, openTestServer, roomsOf, type TestServer } from './helpers.ts'

describe.each(BACKENDS)('on %s', (backend) => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer(backend)
  })
  afterAll(() => host.close())

  const PROTOTYPE_NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']
  const LOOKALIKES = ['sessions', 'rooms', '0', '1', '42', '10', '9']
  const CHARACTERS = [
    'a/b',
    'a%2Fb',
    'a%b',
    'a?b',
    'a#b',
    'a b',
    "a'b",
    'a"b',
    'a\\b',
    'a+b',
    'a&b=c',
  ]
  const UNICODE = ['😀', 'é', 'e\u0301', '\u200fabc', 'ABC', 'abc', '%_', "'; --", '{a,b}', 'NULL']
  const IDS = [...PROTOTYPE_NAMES, ...LOOKALIKES, ...CHARACTERS, ...UNICODE]

  describe('S5, S7, S10: any id is stored, listed and deleted like any other', () => {
    it.each(IDS)('%s', async (id) => {
      const { ask, newVersion } = await host.newUser()
      await newVersion()
      const [room, session] = [`!${id}`, id]
      expect((await ask('PUT', keysPath('1', id, session), keyOf())).body).toEqual({
        count: 1,
        etag: '1',
      })
      const everywhere = roomsOf([
        [id, [[session, keyOf()]]],
        [
          room,
          [
            [session, keyOf()],
            ['other', keyOf()],
          ],
        ],
      ])
      expect((await ask('PUT', keysPath('1'), everywhere)).body).toEqual({ count: 3, etag: '2' })
      expect((await ask('GET', keysPath('1', id, session))).body).toEqual(keyOf())
      const { body } = await ask('GET', keysPath('1'))
      expect(Object.keys(Object(body['rooms']) as object).sort()).toEqual([id, room].sort())
      expect(body).toEqual(everywhere)
      expect((await ask('DELETE', keysPath('1', id, session))).body).toEqual({
        count: 2,
        etag: '3',
      })
      expect((await ask('DELETE', keysPath('1', room))).body).toEqual({ count: 0, etag: '4' })
    })

    it('all of them at once, as rooms and as sessions', async () => {
      const { ask, newVersion } = await host.newUser()
      await newVersion()
      const all = roomsOf(
        IDS.map((room) => [room, IDS.map((id) => [id, keyOf()] as const)] as const),
      )
      const count = IDS.length ** 2
      expect((await ask('PUT', keysPath('1'), all)).body).toEqual({ count, etag: '1' })
      expect((await ask('GET', keysPath('1'))).body).toEqual(all)
      expect((await ask('GET', keysPath('1', '__proto__'))).body).toEqual({
        sessions: Object.fromEntries(IDS.map((id) => [id, keyOf()])),
      })
    })

    it('the empty id, which no path can address', async () => {
      const { ask, newVersion } = await host.newUser()
      await newVersion()
      const empty = roomsOf([
        [
          '',
          [
            ['', keyOf()],
            ['a', keyOf()],
          ],
        ],
        ['!r', [['', keyOf()]]],
      ])
      expect((await ask('PUT', keysPath('1'), empty)).body).toEqual({ count: 3, etag: '1' })
      expect((await ask('GET', keysPath('1'))).body).toEqual(empty)
      expect((await ask('DELETE', keysPath('1', '!r'))).body).toEqual({ count: 2, etag: '2' })
    })
  })

  it('any id at all round-trips through a path and a body', async () => {
    const { ask, newVersion } = await host.newUser()
    await newVersion()
    const id = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 60 })
      .filter((text) => text !== '.' && text !== '..' && !text.includes('\0'))
    await fc.assert(
      fc.asyncProperty(id, id, async (room, session) => {
        await ask('DELETE', keysPath('1'))
        await ask('PUT', keysPath('1', room, session), keyOf())
        expect((await ask('GET', keysPath('1'))).body).toEqual(
          roomsOf([[room, [[session, keyOf()]]]]),
        )
        expect((await ask('GET', keysPath('1', room, session))).body).toEqual(keyOf())
      }),
      { numRuns: 100 },
    )
  })

  describe('S3: a path is split, then decoded once', () => {
    it('%2F is a slash in an id, %252F is %2F, and a slash is another segment', async () => {
      const { ask, newVersion } = await host.newUser()
      await newVersion()
      await ask('PUT', '/room_keys/keys/!r/a%2Fb?version=1', keyOf([false, 1, 0]))
      await ask('PUT', '/room_keys/keys/!r/a%252Fb?version=1', keyOf([false, 2, 0]))
      expect((await ask('GET', keysPath('1'))).body).toEqual(
        roomsOf([
          [
            '!r',
            [
              ['a/b', keyOf([false, 1, 0])],
              ['a%2Fb', keyOf([false, 2, 0])],
            ],
          ],
        ]),
      )
      expect(await ask('GET', '/room_keys/keys/!r/a/b?version=1')).toMatchObject({
        status: 404,
        body: { errcode: 'M_UNRECOGNIZED' },
      })
    })

    it('S4: a plus is a plus', async () => {
      const { ask, newVersion } = await host.newUser()
      await newVersion()
      await ask('PUT', '/room_keys/keys/!r/a+b?version=1', keyOf())
      expect((await ask('GET', '/room_keys/keys/!r/a%2Bb?version=1')).status).toBe(200)
      expect((await ask('GET', '/room_keys/keys/!r/a%20b?version=1')).status).toBe(404)
    })

    it('S6: a path that a URL parser collapsed deletes nothing', async () => {
      const { ask, newVersion } = await host.newUser()
      await newVersion()
      await ask('PUT', keysPath('1', '!r', 's'), keyOf())
      for (const path of ['/!r/..', '/!r/s/..', '/%2e', '/!r/%2e%2E', '/!r/', '/', '//s', '//'])
        expect(await ask('DELETE', `/room_keys/keys${path}?version=1`), path).toMatchObject({
          status: 404,
          body: { errcode: 'M_UNRECOGNIZED' },
        })
      expect((await ask('GET', '/room_keys/version')).body).toMatchObject({ count: 1, etag: '1' })
    })
  })

  describe('S8: opaque JSON comes back as it was', () => {
    const OPAQUE = [
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
      '{"a":{"__proto__":null,"b":[{"__proto__":1}]}}',
      '{"nul":"a\\u0000b","lone":"\\ud800","quote":"\\"\\\\"}',
      '{"unsigned":{"backup_mac":"m"},"signatures":{},"é":"😀","2":1,"1":2}',
    ]

    it.each(OPAQUE)('%s', async (json) => {
      const { ask, newVersion } = await host.newUser()
      await newVersion(JSON.parse(json))
      const info = await ask('GET', '/room_keys/version')
      expect(info.body['auth_data']).toEqual(JSON.parse(json))
      const key = JSON.stringify({ ...keyOf(), session_data: 0 }).replace(':0}', `:${json}}`)
      expect((await ask('PUT', keysPath('1', '!r', 's'), key)).status).toBe(200)
      for (const ids of [[], ['!r'], ['!r', 's']])
        expect((await ask('GET', keysPath('1', ...ids))).text).toContain(
          JSON.stringify(JSON.parse(json)),
        )
      expect({}).not.toHaveProperty('polluted')
    })

    it('of repeated keys the last counts', async () => {
      const { ask, newVersion } = await host.newUser()
      await newVersion()
      const [first, last] = [keyOf([false, 1, 0]), keyOf([false, 2, 0])].map((key) =>
        JSON.stringify(key),
      )
      const body = `{"sessions":{"s":${first ?? ''},"s":${last ?? ''}}}`
      expect((await ask('PUT', keysPath('1', '!r'), body)).body).toEqual({ count: 1, etag: '1' })
      expect((await ask('GET', keysPath('1', '!r', 's'))).body).toMatchObject({
        first_message_index: 2,
      })
    })

    it('members beside the four are not kept', async () => {
      const { ask, newVersion } = await host.newUser()
      await newVersion()
      await ask('PUT', keysPath('1', '!r', 's'), { ...keyOf(), extra: 1 })
      expect((await ask('GET', keysPath('1', '!r', 's'))).body).toEqual(keyOf())
    })
  })
})
