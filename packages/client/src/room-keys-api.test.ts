import { ApiError } from '@roomkeys/backup/ports'
import { createHomeserver } from '@roomkeys/transport'
import { backupVersion, type KeyBackupData, roomId, sessionId } from '@roomkeys/types'
import { describe, expect, it, test } from 'vitest'
import { createRoomKeysApi } from './room-keys-api.ts'

const version = backupVersion('1')
const address = { roomId: roomId('!r:x'), sessionId: sessionId('s') }
const data: KeyBackupData = {
  first_message_index: 0,
  forwarded_count: 0,
  is_verified: false,
  session_data: { ciphertext: 'x' },
}
const info = { algorithm: 'a', auth_data: {}, count: 0, etag: '0', version }

function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers })
}

/** An API over a server that answers as it is told, and what was asked of it. */
function open(answer: () => Response | Promise<Response>) {
  const requests: Request[] = []
  const homeserver = createHomeserver({
    baseUrl: 'http://localhost',
    accessToken: 'token',
    maxRetries: 0,
    fetch: (input, init) => {
      requests.push(new Request(input, init))
      return Promise.resolve(answer())
    },
  })
  return { api: createRoomKeysApi(homeserver), requests }
}

const notFound = (): Response => json({ errcode: 'M_NOT_FOUND', error: 'No' }, 404)

describe('what is not there', () => {
  it('is null, where nothing is an answer', async () => {
    const { api } = open(notFound)
    expect(await api.currentVersion()).toBeNull()
    expect(await api.readVersion(version)).toBeNull()
    expect(await api.readKey(version, address)).toBeNull()
    await expect(api.deleteVersion(version)).resolves.toBeUndefined()
  })

  it('is an error, where it is not', async () => {
    const { api } = open(notFound)
    const gone = { name: 'ApiError', code: 'version_not_found', retryable: false }
    await expect(api.uploadKeys(version, [{ ...address, data }])).rejects.toMatchObject(gone)
    await expect(api.readKeys(version)[Symbol.asyncIterator]().next()).rejects.toMatchObject(gone)
  })
})

describe('what is there', () => {
  it('comes as it is', async () => {
    expect(await open(() => json(info)).api.currentVersion()).toEqual(info)
    expect(await open(() => json(info)).api.readVersion(version)).toEqual(info)
    expect(await open(() => json(data)).api.readKey(version, address)).toEqual(data)
    const request = { algorithm: 'a', auth_data: {} }
    expect(await open(() => json({ version })).api.createVersion(request)).toBe(version)
    const { api } = open(() => json({}))
    await expect(api.updateVersion(version, request)).resolves.toBeUndefined()
  })

  it('is streamed entry by entry, all of it or one room', async () => {
    const all = open(() => json({ rooms: { '!r:x': { sessions: { s: data } } } }))
    const room = open(() => json({ sessions: { s: data } }))
    for (const entries of [
      all.api.readKeys(version),
      room.api.readKeys(version, { roomId: address.roomId }),
    ]) {
      const read = []
      for await (const entry of entries) read.push(entry)
      expect(read).toEqual([{ ...address, data }])
    }
    expect(room.requests[0]?.url).toContain('/room_keys/keys/!r%3Ax?version=1')
  })
})

test('an upload holds every entry, whatever its ids', async () => {
  const { api, requests } = open(() => json({ count: 3, etag: '1' }))
  const ids = ['__proto__', 'constructor', 's']
  const entries = ids.map((id) => ({ roomId: roomId('__proto__'), sessionId: sessionId(id), data }))
  expect(await api.uploadKeys(version, entries)).toEqual({ count: 3, etag: '1' })
  const body = (await requests[0]?.text()) ?? ''
  const sessions = ids.map((id) => `${JSON.stringify(id)}:${JSON.stringify(data)}`).join(',')
  expect(body).toBe(`{"rooms":{"__proto__":{"sessions":{${sessions}}}}}`)
})

describe('failures', () => {
  test.each([
    [403, 'M_WRONG_ROOM_KEYS_VERSION', { code: 'wrong_version', retryable: false }],
    [413, 'M_TOO_LARGE', { code: 'too_large', retryable: false }],
    [400, 'M_BAD_JSON', { code: 'rejected', retryable: false }],
    [401, 'M_UNKNOWN_TOKEN', { code: 'unauthorized', retryable: false }],
    [500, 'M_UNKNOWN', { code: 'server_error', retryable: true }],
  ])('%i %s says what to do', async (status, errcode, expected) => {
    const { api } = open(() => json({ errcode, error: 'No' }, status))
    const upload = api.uploadKeys(version, [{ ...address, data }])
    await expect(upload).rejects.toBeInstanceOf(ApiError)
    await expect(upload).rejects.toMatchObject(expected)
  })

  it('say how long to wait', async () => {
    const { api } = open(() =>
      json({ errcode: 'M_LIMIT_EXCEEDED', error: 'Slow down' }, 429, { 'retry-after': '90' }),
    )
    await expect(api.currentVersion()).rejects.toMatchObject({
      code: 'rate_limited',
      retryable: true,
      retryAfterMs: 90_000,
    })
  })

  it('of the network may pass', async () => {
    const { api } = open(() => Promise.reject(new TypeError('fetch failed')))
    await expect(api.currentVersion()).rejects.toMatchObject({ code: 'offline', retryable: true })
  })

  it('within a body come after what was read of it', async () => {
    const { api } = open(() => new Response('{"rooms":{"!r:x":{"sessions":{"s":1,'))
    const entries = api.readKeys(version)[Symbol.asyncIterator]()
    expect(await entries.next()).toEqual({ done: false, value: { ...address, data: 1 } })
    await expect(entries.next()).rejects.toMatchObject({ code: 'malformed_keys' })
  })

  it('of the caller stay what they are: an aborted call throws its reason', async () => {
    const reason = new Error('enough')
    const { api } = open(() => json(info))
    const signal = AbortSignal.abort(reason)
    await expect(api.currentVersion({ signal })).rejects.toBe(reason)
    await expect(api.readKeys(version, { signal })[Symbol.asyncIterator]().next()).rejects.toBe(
      reason,
    )
  })
})
