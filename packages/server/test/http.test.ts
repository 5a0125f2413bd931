import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createServer } from '../src/index.ts'
import {
  type Answer,
  answerOf,
  keyOf,
  keysPath,
  ORIGIN,
  openTestServer,
  type TestServer,
  type TestUser,
  V3,
} from './helpers.ts'

let host: TestServer
let user: TestUser
beforeAll(async () => {
  host = await openTestServer()
  user = await host.newUser()
  await user.newVersion()
  await user.ask('PUT', keysPath('1', '!r', 's'), keyOf())
})
afterAll(() => host.close())

const KEYS = ['/room_keys/keys', '/room_keys/keys/!r', '/room_keys/keys/!r/s']
const OPERATIONS: readonly (readonly [string, string])[] = [
  ['POST', '/room_keys/version'],
  ['GET', '/room_keys/version'],
  ...['GET', 'PUT', 'DELETE'].map((method) => [method, '/room_keys/version/1'] as const),
  ...KEYS.flatMap((path) =>
    ['GET', 'PUT', 'DELETE'].map((method) => [method, `${path}?version=1`] as const),
  ),
]

async function send(method: string, path: string, headers: HeadersInit = {}): Promise<Answer> {
  const request = new Request(ORIGIN + path, { method, headers })
  return answerOf(await host.server.fetch(request))
}

function expectCommonHeaders({ headers }: Answer): void {
  expect(headers.get('access-control-allow-origin')).toBe('*')
  expect(headers.get('access-control-allow-methods')).toContain('DELETE')
  expect(headers.get('access-control-allow-headers')).toContain('Authorization')
  expect(headers.get('access-control-allow-credentials')).toBe(null)
  expect(headers.get('cache-control')).toBe('no-store')
}

describe('N18: access tokens', () => {
  const bearer = (token: string): HeadersInit => ({ authorization: `Bearer ${token}` })

  it('there are 14 operations', () => {
    expect(OPERATIONS).toHaveLength(14)
  })

  it.each(OPERATIONS)('%s %s needs one', async (method, path) => {
    const missing = await send(method, V3 + path)
    expect(missing).toMatchObject({ status: 401, body: { errcode: 'M_MISSING_TOKEN' } })
    expectCommonHeaders(missing)
    expect(await send(method, V3 + path, bearer('unknown'))).toMatchObject({
      status: 401,
      body: { errcode: 'M_UNKNOWN_TOKEN', soft_logout: false },
    })
  })

  it('is taken from the header or the query, not from both or from a malformed header', async () => {
    const path = `${V3}/account/whoami`
    const inQuery = `${path}?access_token=${user.token}`
    expect((await send('GET', inQuery)).body).toMatchObject({ user_id: user.userId })
    for (const answer of [
      await send('GET', inQuery, bearer(user.token)),
      await send('GET', path, { authorization: user.token }),
      await send('GET', path, { authorization: `Basic ${user.token}` }),
      await send('GET', path, { authorization: 'Bearer ' }),
      await send('GET', path, [
        ['authorization', `Bearer ${user.token}`],
        ['authorization', `Bearer ${user.token}`],
      ]),
    ])
      expect(answer).toMatchObject({ status: 401, body: { errcode: 'M_MISSING_TOKEN' } })
  })
})

describe('N17: paths and methods', () => {
  it.each(['r0', 'unstable', 'v3'])('answers under %s', async (name) => {
    const path = `/_matrix/client/${name}/room_keys/version`
    expect((await user.ask('GET', path)).body).toMatchObject({ version: '1' })
  })

  it.each([
    '/',
    '/_matrix/client/v1/room_keys/version',
    `${V3}/room_keys`,
    `${V3}/room_keys/version/`,
    `${V3}/room_keys/keys/?version=1`,
    `${V3}/room_keys/keys/!r/?version=1`,
    `${V3}//room_keys/version`,
    `${V3}/room_keys/keys/!r/s/x`,
    `${V3}/Room_keys/version`,
  ])('%s is unknown', async (path) => {
    const answer = await user.ask('GET', path.startsWith('/_matrix') ? path : '/_matrix')
    expect(answer).toMatchObject({ status: 404, body: { errcode: 'M_UNRECOGNIZED' } })
    expectCommonHeaders(answer)
  })

  it('a known path with another method', async () => {
    for (const [method, path] of [
      ['PATCH', '/room_keys/version'],
      ['PUT', '/room_keys/version'],
      ['POST', '/room_keys/keys'],
      ['POST', '/account/whoami'],
    ] as const) {
      const answer = await user.ask(method, path)
      expect(answer).toMatchObject({ status: 405, body: { errcode: 'M_UNRECOGNIZED' } })
      expect(answer.headers.get('allow')).toContain(path === '/room_keys/keys' ? 'PUT' : 'GET')
      expectCommonHeaders(answer)
    }
  })

  it('OPTIONS needs no token', async () => {
    for (const path of [`${V3}/room_keys/keys`, '/anything']) {
      const answer = await send('OPTIONS', path, { origin: 'https://app.example' })
      expect(answer).toMatchObject({ status: 204, text: '' })
      expectCommonHeaders(answer)
    }
  })

  it('HEAD is GET without a body', async () => {
    for (const path of ['/room_keys/version', keysPath('1'), keysPath('1', '!r')]) {
      const answer = await user.ask('HEAD', path)
      expect(answer).toMatchObject({ status: 200, text: '' })
      expect(answer.headers.get('content-type')).toBe('application/json')
    }
    expect((await user.ask('HEAD', keysPath('9'))).status).toBe(404)
  })

  it('GET and DELETE have no body to complain about', async () => {
    expect((await user.ask('DELETE', keysPath('1', '!none'), 'not json')).status).toBe(200)
  })

  it('of a repeated parameter the first counts', async () => {
    expect((await user.ask('GET', `${keysPath('1')}&version=9`)).status).toBe(200)
  })

  it('says which versions of the specification it speaks', async () => {
    const { body } = await send('GET', '/_matrix/client/versions')
    expect(body).toMatchObject({ unstable_features: {} })
    expect(body['versions']).toEqual(expect.arrayContaining(['v1.1', 'v1.13']))
  })
})

it('S13: every answer has the common headers', async () => {
  for (const [method, path] of OPERATIONS)
    expectCommonHeaders(await user.ask(method, path, method.startsWith('P') ? {} : undefined))
})

it('a failure inside tells the client nothing, and the caller everything', async () => {
  const secret = new Error(`relation missing for ${user.token}`)
  const errors: unknown[] = []
  const broken = createServer({
    store: { query: () => Promise.reject(secret), transaction: () => Promise.reject(secret) },
    serverName: 'localhost',
    onError: (error) => errors.push(error),
  })
  const headers = { authorization: `Bearer ${user.token}` }
  const answer = await answerOf(
    await broken.fetch(new Request(`${ORIGIN}${V3}/room_keys/version`, { headers })),
  )
  expect(answer.status).toBe(500)
  expect(answer.text).toBe('{"errcode":"M_UNKNOWN","error":"Internal server error"}')
  expectCommonHeaders(answer)
  expect(errors).toEqual([secret])
})
