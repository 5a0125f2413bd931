import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createServer } from '../src/index.ts'
import {
  BACKENDS,
  keyOf,
  keysPath,
  ORIGIN,
  openTestServer,
  roomsOf,
  type TestServer,
  type TestUser,
  V3,
} from './helpers.ts'

describe.each(BACKENDS)('on %s', (backend) => {
  let host: TestServer
  let user: TestUser
  const KEYS = 3000
  const ROOMS = 7

  const everything = roomsOf(
    Array.from({ length: ROOMS }, (_, room) => [
      `!room${room}`,
      Array.from(
        { length: KEYS / ROOMS + 1 },
        (_, i) => [`session${i}`, keyOf([false, i, room])] as const,
      ),
    ]),
  )

  beforeAll(async () => {
    host = await openTestServer(backend)
    user = await host.newUser()
    await user.newVersion()
    await user.ask('PUT', keysPath('1'), everything)
  })
  afterAll(() => host.close())

  function download(fetch: TestServer['server']['fetch']): Promise<Response> {
    const headers = { authorization: `Bearer ${user.token}` }
    return fetch(new Request(ORIGIN + V3 + keysPath('1'), { headers }))
  }

  describe('N16: a backup of several pages', () => {
    it('arrives whole, in many chunks', async () => {
      const response = await download(host.server.fetch)
      const decoder = new TextDecoder()
      const chunks: string[] = []
      for await (const chunk of response.body ?? [])
        chunks.push(decoder.decode(chunk, { stream: true }))
      expect(chunks.length).toBeGreaterThan(5)
      expect(JSON.parse(chunks.join(''))).toEqual(everything)
    })

    it('is one snapshot, whatever is written meanwhile', async () => {
      const response = await download(host.withLimits({ readAheadBytes: 1 }))
      const writing = user.ask('PUT', keysPath('1', '!zzz', 'late'), keyOf())
      expect(await response.json()).toEqual(everything)
      expect((await writing).status).toBe(200)
      await user.ask('DELETE', keysPath('1', '!zzz'))
    })

    it('is taken in whole ahead of its reader when it fits', async () => {
      const response = await download(host.server.fetch)
      expect((await user.ask('GET', '/room_keys/version')).status).toBe(200)
      expect(await response.json()).toEqual(everything)
    })
  })

  describe('a reader that does not read', () => {
    it('is cut off, and blocks nobody for longer', async () => {
      const response = await download(host.withLimits({ readAheadBytes: 1, readerStallMs: 50 }))
      await vi.waitFor(() => {
        expect(host.events).toContainEqual(
          expect.objectContaining({ type: 'download_ended', outcome: 'reader_left' }),
        )
      })
      expect((await user.ask('GET', '/room_keys/version')).status).toBe(200)
      await expect(response.text()).rejects.toMatchObject({ code: 'answer_cut_short' })
      expect(host.errors).toEqual([])
    })

    it('frees the database when it leaves', async () => {
      const response = await download(host.withLimits({ readAheadBytes: 1 }))
      await response.body?.cancel()
      expect((await user.ask('GET', '/room_keys/version')).status).toBe(200)
      expect(host.errors).toEqual([])
    })
  })

  it('a failure in the middle cuts the answer short, and is reported', async () => {
    const failure = new Error('disk')
    const errors: unknown[] = []
    const { fetch } = createServer({
      store: {
        query: (sql, params) => host.store.query(sql, params),
        transaction: (work, kind) =>
          host.store.transaction(
            (tx) =>
              work({
                query: (sql, params) =>
                  sql.includes('string_agg') ? Promise.reject(failure) : tx.query(sql, params),
              }),
            kind,
          ),
      },
      serverName: 'localhost',
      onError: (error) => errors.push(error),
    })
    const response = await download(fetch)
    await expect(response.text()).rejects.toThrow('cut short')
    expect(errors).toEqual([failure])
  })
})
