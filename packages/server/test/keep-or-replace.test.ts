import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  BACKENDS,
  keyOf,
  keysPath,
  openTestServer,
  type TestServer,
  type TestUser,
} from './helpers.ts'

describe.each(BACKENDS)('on %s', (backend) => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer(backend)
  })
  afterAll(() => host.close())

  type Metadata = readonly [boolean, number, number]
  type Case = readonly [name: string, old: Metadata, fresh: Metadata, replaced: boolean]

  const [F, T] = [false, true]

  const CASES: readonly Case[] = [
    ['B1', [F, 10, 5], [F, 9, 9], true],
    ['B2', [F, 10, 5], [F, 11, 0], false],
    ['B3', [F, 0, 1], [F, 5, 0], false],
    ['B4', [T, 10, 5], [F, 0, 0], false],
    ['B5', [F, 10, 5], [T, 11, 9], true],
    ['B6', [T, 10, 5], [F, 11, 4], false],
    ['B7', [F, 10, 5], [F, 10, 4], true],
    ['B8', [F, 10, 5], [F, 10, 5], false],
    ['B9 index', [T, 10, 5], [T, 9, 5], true],
    ['B9 count', [T, 10, 5], [T, 10, 4], true],
    ['B10', [T, 10, 5], [F, 10, 5], false],
    ...[[F, 11, 5] as const, [F, 10, 6] as const, [F, 11, 6] as const].flatMap((fresh): Case[] => [
      [`C1 ${String(fresh)}`, [F, 10, 5], fresh, false],
      [`C2 ${String(fresh)}`, [T, 10, 5], fresh, false],
    ]),
    ...[[T, 11, 5] as const, [T, 10, 6] as const, [T, 11, 6] as const].map((fresh): Case => [
      `C2 ${String(fresh)}`,
      [T, 10, 5],
      fresh,
      false,
    ]),
    ['Y5', [F, 2, 0], [F, 1, 0], true],
    ['Y6', [F, 2, 0], [F, 3, 0], false],
  ]

  type Put = (user: TestUser, key: unknown) => ReturnType<TestUser['ask']>

  const PUTS: readonly (readonly [string, Put])[] = [
    ['K1', ({ ask }, key) => ask('PUT', keysPath('1', '!foo:hs1', 's'), key)],
    ['K2', ({ ask }, key) => ask('PUT', keysPath('1', '!foo:hs1'), { sessions: { s: key } })],
    [
      'K3',
      ({ ask }, key) =>
        ask('PUT', keysPath('1'), { rooms: { '!foo:hs1': { sessions: { s: key } } } }),
    ],
  ]

  describe.each(PUTS)('N2 through %s', (_, put) => {
    it.each(CASES)('%s', async (...[, old, fresh, replaced]) => {
      const user = await host.newUser()
      await user.newVersion()
      const [before, after] = [keyOf(old, { copy: 'old' }), keyOf(fresh, { copy: 'new' })]
      expect((await put(user, before)).body).toEqual({ count: 1, etag: '1' })
      expect(await put(user, after)).toMatchObject({
        status: 200,
        body: { count: 1, etag: replaced ? '2' : '1' },
      })
      const stored = await user.ask('GET', keysPath('1', '!foo:hs1', 's'))
      expect(stored.body).toEqual(replaced ? after : before)
    })
  })

  it('H17: merges step by step', async () => {
    const user = await host.newUser()
    await user.newVersion()
    const put = (metadata: Metadata): Promise<{ body: unknown }> =>
      user.ask('PUT', keysPath('1', '!r', 's'), keyOf(metadata))
    expect((await put([F, 1, 1])).body).toEqual({ count: 1, etag: '1' })
    expect((await put([F, 2, 1])).body).toEqual({ count: 1, etag: '1' })
    expect((await put([T, 2, 1])).body).toEqual({ count: 1, etag: '2' })
    expect((await put([T, 2, 2])).body).toEqual({ count: 1, etag: '2' })
    expect((await user.ask('GET', '/room_keys/version')).body).toMatchObject({
      count: 1,
      etag: '2',
    })
  })
})
