import { backupVersion, roomId, sessionId } from '@roomkeys/types'
import { describe, expect, it } from 'vitest'
import * as account from '../src/account.ts'
import * as index from '../src/index.ts'
import { createHomeserver, type Homeserver } from '../src/index.ts'
import { json, rejection, serve, withoutBackOff } from './server.ts'

const transport = { ...index, ...account }

const V3 = '/_matrix/client/v3'
const version = backupVersion('1')
const room = roomId('!r:example.org')
const session = sessionId('s/1+2')
const ROOM = '!r%3Aexample.org'
const SESSION = 's%2F1%2B2'

const versionBody = { algorithm: 'm.x', auth_data: { public_key: 'k', odd: [1] } }
const versionInfo = { ...versionBody, count: 0, etag: 'e', version: '1', extra: true }
const key = {
  first_message_index: 1,
  forwarded_count: 0,
  is_verified: false,
  session_data: { ciphertext: 'c' },
}
const updated = { count: 1, etag: '2' }

interface Row {
  readonly name: keyof typeof transport
  readonly run: (homeserver: Homeserver) => Promise<unknown>
  readonly method: string
  readonly url: string
  readonly body?: unknown
  readonly answer: unknown
  /** What the function resolves with, when that is not the answer. */
  readonly result?: unknown
  readonly auth?: 'none'
}

const rows: readonly Row[] = [
  {
    name: 'createBackupVersion',
    run: (h) => transport.createBackupVersion(h, { body: versionBody }),
    method: 'POST',
    url: `${V3}/room_keys/version`,
    body: versionBody,
    answer: { version: '1' },
  },
  {
    name: 'getCurrentBackupVersion',
    run: (h) => transport.getCurrentBackupVersion(h),
    method: 'GET',
    url: `${V3}/room_keys/version`,
    answer: versionInfo,
  },
  {
    name: 'getBackupVersion',
    run: (h) => transport.getBackupVersion(h, { version }),
    method: 'GET',
    url: `${V3}/room_keys/version/1`,
    answer: versionInfo,
  },
  {
    name: 'updateBackupVersion',
    run: (h) => transport.updateBackupVersion(h, { version, body: versionBody }),
    method: 'PUT',
    url: `${V3}/room_keys/version/1`,
    body: versionBody,
    answer: {},
    result: undefined,
  },
  {
    name: 'deleteBackupVersion',
    run: (h) => transport.deleteBackupVersion(h, { version }),
    method: 'DELETE',
    url: `${V3}/room_keys/version/1`,
    answer: {},
    result: undefined,
  },
  {
    name: 'putRoomKeys',
    run: (h) =>
      transport.putRoomKeys(h, { version, body: { rooms: { r: { sessions: { s: key } } } } }),
    method: 'PUT',
    url: `${V3}/room_keys/keys?version=1`,
    body: { rooms: { r: { sessions: { s: key } } } },
    answer: updated,
  },
  {
    name: 'putRoomKeysForRoom',
    run: (h) =>
      transport.putRoomKeysForRoom(h, { version, roomId: room, body: { sessions: { s: key } } }),
    method: 'PUT',
    url: `${V3}/room_keys/keys/${ROOM}?version=1`,
    body: { sessions: { s: key } },
    answer: updated,
  },
  {
    name: 'putRoomKeyForSession',
    run: (h) =>
      transport.putRoomKeyForSession(h, { version, roomId: room, sessionId: session, body: key }),
    method: 'PUT',
    url: `${V3}/room_keys/keys/${ROOM}/${SESSION}?version=1`,
    body: key,
    answer: updated,
  },
  {
    name: 'getRoomKeys',
    run: (h) => transport.getRoomKeys(h, { version }),
    method: 'GET',
    url: `${V3}/room_keys/keys?version=1`,
    answer: { rooms: { r: { sessions: { good: key, damaged: 7 } } } },
  },
  {
    name: 'getRoomKeysForRoom',
    run: (h) => transport.getRoomKeysForRoom(h, { version, roomId: room }),
    method: 'GET',
    url: `${V3}/room_keys/keys/${ROOM}?version=1`,
    answer: { sessions: {} },
  },
  {
    name: 'getRoomKeyForSession',
    run: (h) => transport.getRoomKeyForSession(h, { version, roomId: room, sessionId: session }),
    method: 'GET',
    url: `${V3}/room_keys/keys/${ROOM}/${SESSION}?version=1`,
    answer: ['damaged'],
  },
  {
    name: 'deleteRoomKeys',
    run: (h) => transport.deleteRoomKeys(h, { version }),
    method: 'DELETE',
    url: `${V3}/room_keys/keys?version=1`,
    answer: updated,
  },
  {
    name: 'deleteRoomKeysForRoom',
    run: (h) => transport.deleteRoomKeysForRoom(h, { version, roomId: room }),
    method: 'DELETE',
    url: `${V3}/room_keys/keys/${ROOM}?version=1`,
    answer: updated,
  },
  {
    name: 'deleteRoomKeyForSession',
    run: (h) => transport.deleteRoomKeyForSession(h, { version, roomId: room, sessionId: session }),
    method: 'DELETE',
    url: `${V3}/room_keys/keys/${ROOM}/${SESSION}?version=1`,
    answer: updated,
  },
  {
    name: 'getLoginFlows',
    run: (h) => transport.getLoginFlows(h),
    method: 'GET',
    url: `${V3}/login`,
    answer: { flows: [{ type: 'm.login.password', odd: 1 }] },
    auth: 'none',
  },
  {
    name: 'loginWithPassword',
    run: (h) =>
      transport.loginWithPassword(h, {
        user: 'alice',
        password: 'pw',
        deviceId: 'D',
        initialDeviceDisplayName: 'N',
      }),
    method: 'POST',
    url: `${V3}/login`,
    body: {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: 'alice' },
      password: 'pw',
      device_id: 'D',
      initial_device_display_name: 'N',
    },
    answer: { user_id: '@alice:x', access_token: 't', device_id: 'D' },
    auth: 'none',
  },
  {
    name: 'logout',
    run: (h) => transport.logout(h),
    method: 'POST',
    url: `${V3}/logout`,
    body: {},
    answer: {},
    result: undefined,
  },
  {
    name: 'whoAmI',
    run: (h) => transport.whoAmI(h),
    method: 'GET',
    url: `${V3}/account/whoami`,
    answer: { user_id: '@alice:x', device_id: 'D' },
  },
  {
    name: 'getVersions',
    run: (h) => transport.getVersions(h),
    method: 'GET',
    url: '/_matrix/client/versions',
    answer: { versions: ['v1.11'], unstable_features: {} },
  },
  {
    name: 'getAccountData',
    run: (h) => transport.getAccountData(h, { userId: '@alice:x', type: 'm.a/b' }),
    method: 'GET',
    url: `${V3}/user/%40alice%3Ax/account_data/m.a%2Fb`,
    answer: { any: 'thing' },
  },
  {
    name: 'putAccountData',
    run: (h) => transport.putAccountData(h, { userId: '@alice:x', type: 'm.a', body: { k: 1 } }),
    method: 'PUT',
    url: `${V3}/user/%40alice%3Ax/account_data/m.a`,
    body: { k: 1 },
    answer: {},
    result: undefined,
  },
  {
    name: 'queryKeys',
    run: (h) => transport.queryKeys(h, { body: { device_keys: { '@alice:x': [] } } }),
    method: 'POST',
    url: `${V3}/keys/query`,
    body: { device_keys: { '@alice:x': [] } },
    answer: { device_keys: {}, failures: {} },
  },
]

describe.each(rows)('$name', (row) => {
  it('sends the request of the specification and parses the answer', async () => {
    const server = await serve((response) => {
      json(response, row.answer)
    })
    const homeserver = createHomeserver({ baseUrl: server.url, accessToken: 'token' })
    expect(await row.run(homeserver)).toEqual('result' in row ? row.result : row.answer)
    expect(server.requests).toHaveLength(1)
    const [request] = server.requests
    expect(request).toMatchObject({ method: row.method, url: row.url })
    expect(request?.headers.accept).toBe('application/json')
    expect(request?.headers.authorization).toBe(row.auth === 'none' ? undefined : 'Bearer token')
  })

  it('sends its body as JSON of known length, or none', async () => {
    const server = await serve((response) => {
      json(response, row.answer)
    })
    await row.run(createHomeserver({ baseUrl: server.url }))
    const [request] = server.requests
    const sent = request?.body === '' ? undefined : (JSON.parse(request?.body ?? '') as unknown)
    expect(sent).toEqual(row.body)
    expect(request?.headers['transfer-encoding']).toBe(undefined)
    expect(request?.headers['content-type']).toBe(row.body ? 'application/json' : undefined)
  })

  it('is sent again after 503, and once when it is a POST', async () => {
    withoutBackOff()
    const server = await serve((response, _, count) => {
      if (count === 1) json(response, { errcode: 'M_UNKNOWN' }, { status: 503 })
      else json(response, row.answer)
    })
    const homeserver = createHomeserver({ baseUrl: server.url })
    const outcome = await row.run(homeserver).then(
      () => 'resolved',
      (error: unknown) => error,
    )
    const once = expect.objectContaining({ code: 'server', status: 503, retryable: true }) as Error
    expect(outcome).toEqual(row.method === 'POST' ? once : 'resolved')
    expect(server.requests).toHaveLength(row.method === 'POST' ? 1 : 2)
  })

  it('sends nothing when its signal is aborted already', async () => {
    const server = await serve((response) => {
      json(response, row.answer)
    })
    const signal = AbortSignal.abort('reason')
    const endpoint = transport[row.name] as (
      homeserver: Homeserver,
      ...rest: readonly unknown[]
    ) => Promise<unknown>
    const args = { version, roomId: room, sessionId: session, userId: 'u', type: 't', body: {} }
    const withoutArgs = [
      'getCurrentBackupVersion',
      'getLoginFlows',
      'logout',
      'whoAmI',
      'getVersions',
    ]
    const rest = withoutArgs.includes(row.name) ? [{ signal }] : [args, { signal }]
    const homeserver = createHomeserver({ baseUrl: server.url })
    expect(await rejection(endpoint(homeserver, ...rest))).toBe('reason')
    expect(server.requests).toHaveLength(0)
  })
})

describe('the table', () => {
  it('holds every endpoint', () => {
    const tested = new Set<string>(rows.map(({ name }) => name))
    const notEndpoints = ['createHomeserver', 'isTransportError']
    const functions = Object.entries(transport)
      .filter(([name, value]) => typeof value === 'function' && /^[a-z]/.test(name))
      .map(([name]) => name)
    expect(functions.filter((name) => !tested.has(name)).sort()).toEqual(notEndpoints)
  })
})

describe('null for what is not there', () => {
  const notFound = { errcode: 'M_NOT_FOUND', error: 'No backup found' }

  it.each(['getCurrentBackupVersion', 'getAccountData'])('%s', async (name) => {
    const server = await serve((response) => {
      json(response, notFound, { status: 404 })
    })
    const homeserver = createHomeserver({ baseUrl: server.url })
    const row = rows.find((candidate) => candidate.name === name)
    expect(await row?.run(homeserver)).toBe(null)
  })

  it('is not read from a 404 of somebody else', async () => {
    const server = await serve((response) => {
      response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>Not Found</h1>')
    })
    const homeserver = createHomeserver({ baseUrl: server.url })
    expect(await rejection(transport.getCurrentBackupVersion(homeserver))).toMatchObject({
      code: 'not_found',
      status: 404,
      errcode: null,
    })
  })

  it('is not what a named version gives', async () => {
    const server = await serve((response) => {
      json(response, notFound, { status: 404 })
    })
    const homeserver = createHomeserver({ baseUrl: server.url })
    expect(await rejection(transport.getBackupVersion(homeserver, { version }))).toMatchObject({
      code: 'not_found',
      errcode: 'M_NOT_FOUND',
    })
  })
})
