import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  BACKENDS,
  ALGORITHM,
  answerOf,
  type Answer,
  type Json,
  keyOf,
  keysPath,
  ORIGIN,
  openTestServer,
  type TestServer,
  type TestUser,
  V3,
} from './helpers.ts'

describe.each(BACKENDS)('on %s', (backend) => {
  let host: TestServer
  let user: TestUser
  beforeAll(async () => {
    host = await openTestServer(backend)
    user = await host.newUser()
    await user.newVersion()
  })
  afterAll(() => host.close())

  function without(key: Json, field: string): Json {
    return Object.fromEntries(Object.entries(key).filter(([name]) => name !== field))
  }

  const FIELDS = ['first_message_index', 'forwarded_count', 'is_verified', 'session_data']
  const LONE = '\ud800'

  describe('bodies', () => {
    it.each([
      ['empty', '', 'M_NOT_JSON'],
      ['D1: broken', '{"rooms":', 'M_NOT_JSON'],
      ['not UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'M_NOT_JSON'],
      ['NaN', '{"rooms":NaN}', 'M_NOT_JSON'],
      ['a string', '"rooms"', 'M_BAD_JSON'],
      ['null', 'null', 'M_BAD_JSON'],
      ['an array', '[]', 'M_BAD_JSON'],
      ['no rooms', '{}', 'M_BAD_JSON'],
      ['D11: rooms of another type', '{"rooms":1}', 'M_INVALID_PARAM'],
      ['room of another type', '{"rooms":{"!r":1}}', 'M_INVALID_PARAM'],
      ['room without sessions', '{"rooms":{"!r":{}}}', 'M_BAD_JSON'],
      ['10 000 levels', '['.repeat(10_000) + ']'.repeat(10_000), 'M_BAD_JSON'],
    ])('refuses %s', async (_, body, errcode) => {
      expect(await user.ask('PUT', keysPath('1'), body)).toMatchObject({
        status: 400,
        body: { errcode },
      })
    })

    it.each(FIELDS)('refuses a key without %s', async (field) => {
      expect(
        await user.ask('PUT', keysPath('1', '!r', 's'), without(keyOf(), field)),
      ).toMatchObject({
        status: 400,
        body: { errcode: 'M_BAD_JSON' },
      })
    })

    it.each([
      ...['first_message_index', 'forwarded_count'].flatMap((field) =>
        ['"1"', 'null', 'true', '-1', '0.5', '9007199254740992', '1e400', '[]'].map(
          (value) => [field, value] as const,
        ),
      ),
      ...['0', '1', '"true"', 'null'].map((value) => ['is_verified', value] as const),
    ])('refuses %s = %s', async (field, value) => {
      const json = JSON.stringify({ ...keyOf(), [field]: 'HERE' }).replace('"HERE"', value)
      expect(await user.ask('PUT', keysPath('1', '!r', 's'), json)).toMatchObject({
        status: 400,
        body: { errcode: 'M_INVALID_PARAM' },
      })
    })

    it.each(['"text"', 'null', '[]', '1'])(
      'refuses session_data and auth_data = %s',
      async (value) => {
        const key = JSON.stringify({ ...keyOf(), session_data: 'HERE' }).replace('"HERE"', value)
        const version = `{"algorithm":"x","auth_data":${value}}`
        for (const answer of [
          await user.ask('PUT', keysPath('1', '!r', 's'), key),
          await user.ask('POST', '/room_keys/version', version),
          await user.ask('PUT', '/room_keys/version/1', version),
        ])
          expect(answer).toMatchObject({ status: 400, body: { errcode: 'M_BAD_JSON' } })
      },
    )

    it.each([
      ['D2: no auth_data', { algorithm: ALGORITHM }, 'M_BAD_JSON'],
      ['no algorithm', { auth_data: {} }, 'M_BAD_JSON'],
      ['an empty algorithm', { algorithm: '', auth_data: {} }, 'M_INVALID_PARAM'],
      ['a numeric algorithm', { algorithm: 1, auth_data: {} }, 'M_INVALID_PARAM'],
      ['U+0000 in the algorithm', { algorithm: 'a\0b', auth_data: {} }, 'M_INVALID_PARAM'],
      ['a long algorithm', { algorithm: 'a'.repeat(256), auth_data: {} }, 'M_INVALID_PARAM'],
    ])('refuses a version with %s', async (_, body, errcode) => {
      expect(await user.ask('POST', '/room_keys/version', body)).toMatchObject({
        status: 400,
        body: { errcode },
      })
    })

    it('stored nothing of all this', async () => {
      expect((await user.ask('GET', keysPath('1'))).text).toBe('{"rooms":{}}')
      expect((await user.ask('GET', '/room_keys/version')).body).toMatchObject({ version: '1' })
      expect(host.errors).toEqual([])
    })
  })

  describe('identifiers', () => {
    const BAD = ['.', '..', 'a\0b', LONE, `x${LONE}y`, 'é'.repeat(128)]

    it.each(BAD)('refuses the id %j in bodies', async (id) => {
      for (const answer of [
        await user.ask('PUT', keysPath('1'), { rooms: { [id]: { sessions: { s: keyOf() } } } }),
        await user.ask('PUT', keysPath('1'), { rooms: { '!r': { sessions: { [id]: keyOf() } } } }),
        await user.ask('PUT', keysPath('1', '!r'), { sessions: { [id]: keyOf() } }),
      ])
        expect(answer).toMatchObject({ status: 400, body: { errcode: 'M_INVALID_PARAM' } })
    })

    it.each(['a%00b', '%C3%A9'.repeat(128), '%zz', '%E0%A4%A', '%ed%a0%80', '%'])(
      'S4: refuses the path segment %s',
      async (segment) => {
        for (const method of ['GET', 'PUT', 'DELETE'])
          for (const ids of [segment, `${segment}/s`, `!r/${segment}`])
            expect(
              await user.ask(
                method,
                `/room_keys/keys/${ids}?version=1`,
                method === 'PUT' ? keyOf() : undefined,
              ),
              `${method} ${ids}`,
            ).toMatchObject({ status: 400, body: { errcode: 'M_INVALID_PARAM' } })
      },
    )
  })

  describe('the version', () => {
    it('D10: is required on every operation on keys', async () => {
      for (const query of ['', '?version=', '?Version=1'])
        for (const method of ['GET', 'PUT', 'DELETE'])
          for (const path of ['', '/!r', '/!r/s'])
            expect(
              await user.ask(
                method,
                `/room_keys/keys${path}${query}`,
                method === 'PUT' ? {} : undefined,
              ),
            ).toMatchObject({ status: 400, body: { errcode: 'M_MISSING_PARAM' } })
    })

    const FUZZ = [
      '0',
      '-1',
      '01',
      '+1',
      '%2B1',
      '1.0',
      '1e0',
      ' 1',
      '1%20',
      '%201',
      '１',
      '1_0',
      '1+2',
      '0x1',
    ]
    const LONG = ['9223372036854775808', '9007199254740993', '1;drop', '%00', '1'.repeat(10_000)]

    it.each([...FUZZ, ...LONG])('S15: %s is no version', async (version) => {
      for (const method of ['GET', 'DELETE'])
        for (const path of [`/room_keys/keys?version=${version}`, `/room_keys/version/${version}`])
          expect(await user.ask(method, path)).toMatchObject({
            status: 404,
            body: { errcode: 'M_NOT_FOUND' },
          })
      expect((await user.ask('GET', '/room_keys/version/1')).status).toBe(200)
    })

    it('S15: whatever the text, the answer is 404 or 400', async () => {
      const anyVersion = fc.string({ unit: 'grapheme', minLength: 1 })
      await fc.assert(
        fc.asyncProperty(
          anyVersion.filter((text) => text !== '1' && text !== '.' && text !== '..'),
          async (text) => {
            const version = encodeURIComponent(text)
            const answers = [
              await user.ask('GET', `/room_keys/version/${version}`),
              await user.ask('GET', `/room_keys/keys?version=${version}`),
            ]
            expect(answers.map(({ status }) => status)).toEqual([404, 404])
          },
        ),
        { numRuns: 50 },
      )
    })
  })

  describe('limits', () => {
    const askWithin = async (
      limits: Parameters<TestServer['withLimits']>[0],
      path: string,
      init: RequestInit,
    ): Promise<Answer> => {
      const headers = { authorization: `Bearer ${user.token}` }
      const request = new Request(ORIGIN + V3 + path, { headers, ...init })
      return answerOf(await host.withLimits(limits)(request))
    }
    const put = (body: unknown): RequestInit => ({ method: 'PUT', body: JSON.stringify(body) })
    const two = { rooms: { '!r': { sessions: { a: keyOf(), b: keyOf() } } } }

    it.each([
      ['uploadBytes', { uploadBytes: 100 }, 413, 'M_TOO_LARGE'],
      ['keysPerRequest', { keysPerRequest: 1 }, 413, 'M_TOO_LARGE'],
      ['sessionDataBytes', { sessionDataBytes: 10 }, 413, 'M_TOO_LARGE'],
      ['idBytes', { idBytes: 1 }, 400, 'M_INVALID_PARAM'],
      ['jsonDepth', { jsonDepth: 4 }, 400, 'M_BAD_JSON'],
    ])('%s', async (...[, limits, status, errcode]) => {
      expect(await askWithin(limits, keysPath('1'), put(two))).toMatchObject({
        status,
        body: { errcode },
      })
    })

    it('S8: 100 000 small keys in one request are too many', async () => {
      const keys = Object.fromEntries(
        Array.from({ length: 100_000 }, (_, i) => [`s${i}`, keyOf([false, 0, 0], {})]),
      )
      expect(await user.ask('PUT', keysPath('1', '!r'), { sessions: keys })).toMatchObject({
        status: 413,
        body: { errcode: 'M_TOO_LARGE' },
      })
    })

    it('takes what is exactly at the limits', async () => {
      const uploadBytes = JSON.stringify(two).length
      const sessionDataBytes = JSON.stringify(keyOf()['session_data']).length
      const limits = { uploadBytes, sessionDataBytes, keysPerRequest: 2, idBytes: 2, jsonDepth: 6 }
      expect((await askWithin(limits, keysPath('1'), put(two))).status).toBe(200)
      await user.ask('DELETE', keysPath('1'))
    })

    it('versionBytes and accountDataBytes', async () => {
      const version = { algorithm: 'x', auth_data: { long: 'x'.repeat(100) } }
      const limits = { versionBytes: 50, accountDataBytes: 50 }
      const path = `/user/${encodeURIComponent(user.userId)}/account_data/t`
      for (const answer of [
        await askWithin(limits, '/room_keys/version/1', put(version)),
        await askWithin(limits, path, put(version)),
      ])
        expect(answer).toMatchObject({ status: 413, body: { errcode: 'M_TOO_LARGE' } })
    })

    it('N19: counts a body of unknown length, and stops reading', async () => {
      let pulled = 0
      const endless = new ReadableStream<Uint8Array>({
        pull(controller) {
          pulled++
          controller.enqueue(new Uint8Array(1000))
        },
      })
      const init: RequestInit & { duplex: 'half' } = {
        method: 'PUT',
        body: endless,
        duplex: 'half',
      }
      expect(await askWithin({ uploadBytes: 10_000 }, keysPath('1'), init)).toMatchObject({
        status: 413,
        body: { errcode: 'M_TOO_LARGE' },
      })
      expect(pulled).toBeLessThan(20)
    })
  })
})
