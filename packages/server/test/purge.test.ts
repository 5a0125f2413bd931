import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createServer, deleteUser, type RunningServer } from '../src/index.ts'
import { BACKENDS, keysPath, openTestServer, type TestServer, type TestUser } from './helpers.ts'

const MANY = 5000

describe.each(BACKENDS)('purging on %s', (backend) => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer(backend)
  })
  afterAll(() => host.close())

  const another = (): RunningServer =>
    createServer({ store: host.store, serverName: 'localhost', rateLimits: 'off' })

  /** A version with more keys than go at once. */
  async function fill({ userId, newVersion }: TestUser, room = '!r'): Promise<string> {
    const version = await newVersion()
    await host.store.query(
      `INSERT INTO backup_keys (user_id, version, room_id, session_id, first_message_index,
         forwarded_count, is_verified, session_data)
       SELECT $1, $2::bigint, $3, 's' || n, 0, 0, false, '{}' FROM generate_series(1, ${MANY}) n`,
      [userId, version, room],
    )
    await host.store.query(
      `UPDATE backup_versions SET key_count = ${MANY} WHERE user_id = $1 AND version = $2::bigint`,
      [userId, version],
    )
    return version
  }

  /** Keys as a process leaves them that ends right after the deletion. */
  async function leaveBehind(user: TestUser): Promise<string> {
    const { userId } = user
    const version = await fill(user)
    await host.store.query(
      `UPDATE backup_versions SET deleted_at = 1 WHERE user_id = $1 AND version = $2::bigint`,
      [userId, version],
    )
    return version
  }

  async function left({ userId }: TestUser): Promise<readonly [keys: string, waiting: string]> {
    const { rows } = await host.store.query(
      `SELECT (SELECT count(*) FROM backup_keys WHERE user_id = $1)::text AS keys,
         (SELECT count(*) FROM backup_versions WHERE user_id = $1 AND deleted_at IS NOT NULL
           AND purged_at IS NULL)::text AS waiting`,
      [userId],
    )
    return [String(rows[0]?.['keys']), String(rows[0]?.['waiting'])]
  }

  it.each([[[]], [['!m']]])('empties a live version of many keys at once: %j', async (ids) => {
    const user = await host.newUser()
    const older = await fill(user)
    const version = await fill(user, '!m')
    const key = { first_message_index: 0, forwarded_count: 0, is_verified: false, session_data: {} }
    for (const room of ['!l', '!n']) await user.ask('PUT', keysPath(version, room, 's1'), key)
    const count = ids.length === 0 ? 0 : 2
    expect(await user.ask('DELETE', keysPath(version, ...ids))).toMatchObject({
      status: 200,
      body: { count, etag: '3' },
    })
    expect((await user.ask('DELETE', keysPath(version, ...ids))).body).toEqual({ count, etag: '3' })
    const { rooms } = (await user.ask('GET', keysPath(version))).body
    expect(Object.keys(rooms as object)).toEqual(count === 0 ? [] : ['!l', '!n'])
    expect((await user.ask('GET', `/room_keys/version/${older}`)).body).toMatchObject({
      count: MANY,
    })
  })

  it('leaves nothing of a user of many keys', async () => {
    const [user, other] = [await host.newUser(), await host.newUser()]
    for (const one of [user, user, other]) await fill(one)
    await deleteUser(host.store, user.userId)
    expect(await left(user)).toEqual(['0', '0'])
    expect(await left(other)).toEqual([String(MANY), '0'])
  })

  it('goes on when a server starts, whoever the user is', async () => {
    const users = [await host.newUser(), await host.newUser()]
    for (const user of users) await leaveBehind(user)
    const server = another()
    server.start()
    await server.settled()
    expect(await Promise.all(users.map(left))).toEqual([
      ['0', '0'],
      ['0', '0'],
    ])
  })

  it('goes on with the next deletion of the user, and touches nothing else', async () => {
    const [user, other] = [await host.newUser(), await host.newUser()]
    await leaveBehind(user)
    await leaveBehind(other)
    const kept = await user.newVersion()
    await user.ask('PUT', `/room_keys/keys/!r?version=${kept}`, {
      sessions: {
        s1: { first_message_index: 0, forwarded_count: 0, is_verified: false, session_data: {} },
      },
    })
    await user.ask('DELETE', `/room_keys/version/${await user.newVersion()}`)
    await host.server.settled()
    expect(await left(user)).toEqual(['1', '0'])
    expect(await left(other)).toEqual([String(MANY), '1'])
  })

  it('stops between batches, and ends nothing that it has not done', async () => {
    const user = await host.newUser()
    await leaveBehind(user)
    const server = another()
    server.start()
    await server.stop()
    expect((await left(user))[1]).toBe('1')
    const next = another()
    next.start()
    await next.settled()
    expect(await left(user)).toEqual(['0', '0'])
  })

  it('may be done by several servers at once', async () => {
    const users = await Promise.all(Array.from({ length: 4 }, () => host.newUser()))
    for (const user of users) await leaveBehind(user)
    const servers = Array.from({ length: 3 }, another)
    for (const server of servers) server.start()
    await Promise.all(servers.map((server) => server.settled()))
    // Whoever finds rows that another removes leaves the mark to the other.
    const last = another()
    last.start()
    await last.settled()
    expect(await Promise.all(users.map(left))).toEqual(users.map(() => ['0', '0']))
    expect(host.errors).toEqual([])
  })

  it('is told to the log', async () => {
    const user = await host.newUser()
    const version = await leaveBehind(user)
    await user.ask('DELETE', `/room_keys/version/${version}`)
    await host.server.settled()
    expect(host.events).toContainEqual({ type: 'keys_purged', keys: MANY })
  })

  it('a failure is reported, and leaves the rest for another time', async () => {
    const user = await host.newUser()
    await leaveBehind(user)
    const errors: unknown[] = []
    const broken = createServer({
      store: { ...host.store, transaction: () => Promise.reject(new Error('disk')) },
      serverName: 'localhost',
      onError: (error) => errors.push(error),
    })
    broken.start()
    await broken.settled()
    expect(errors).toHaveLength(1)
    expect((await left(user))[1]).toBe('1')
  })
})
