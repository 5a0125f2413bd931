import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { keyOf, keysPath } from './helpers.ts'
import { createDatabase } from './postgres/postgres.ts'
import { runKills } from './stress/kills.ts'
import { startProcess } from './stress/processes.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'roomkeys-server-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const UNHARMED = { otherStatuses: [], lost: [], torn: [], miscounted: [] }

describe('a server that is killed during uploads keeps what it answered', () => {
  it('in a folder', async () => {
    const result = await runKills({ store: { folder: join(folder, 'kills') }, rounds: 2, seed: 1 })
    expect(result).toMatchObject(UNHARMED)
    expect(result.answered).toBeGreaterThan(0)
  })

  it('on PostgreSQL', async () => {
    const result = await runKills({ store: { url: await createDatabase() }, rounds: 3, seed: 1 })
    expect(result).toMatchObject(UNHARMED)
    expect(result.answered).toBeGreaterThan(0)
  })
})

describe('two processes on one PostgreSQL', () => {
  it('migrate at once, and behave as one', async () => {
    const store = { url: await createDatabase() }
    const [one, other] = await Promise.all([startProcess(store, 'A'), startProcess(store, 'B')])
    await one.ask('POST', '/room_keys/version', { algorithm: 'x', auth_data: {} })
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        (i % 2 === 0 ? one : other).ask('PUT', keysPath('1', '!r', `s${i}`), keyOf()),
      ),
    )
    expect(new Set(answers.map(({ body }) => body['etag'])).size).toBe(40)
    for (const server of [one, other])
      expect((await server.ask('GET', '/room_keys/version')).body).toMatchObject({
        count: 40,
        etag: '40',
      })
    expect(
      (await other.ask('POST', '/room_keys/version', { algorithm: 'y', auth_data: {} })).body,
    ).toEqual({ version: '2' })
    expect(await one.ask('PUT', keysPath('1', '!r', 's'), keyOf())).toMatchObject({
      status: 403,
      body: { current_version: '2' },
    })
    await one.ask('DELETE', '/room_keys/version/2')
    expect((await other.ask('PUT', keysPath('1', '!r', 's'), keyOf())).status).toBe(200)
    expect(await Promise.all([one.terminate(), other.terminate()])).toEqual([0, 0])
    expect(one.complaints() + other.complaints()).toBe('')
  })
})

it('SIGTERM lets a running upload end', async () => {
  const store = { url: await createDatabase() }
  const server = await startProcess(store)
  await server.ask('POST', '/room_keys/version', { algorithm: 'x', auth_data: {} })
  const keys = Object.fromEntries(
    Array.from({ length: 5000 }, (_, i) => [`s${i}`, keyOf([false, 0, 0], { x: 'x'.repeat(500) })]),
  )
  const other = new pg.Client({ connectionString: store.url })
  await other.connect()
  await other.query('BEGIN')
  await other.query('SELECT version FROM backup_versions FOR UPDATE')
  const uploading = server.ask('PUT', keysPath('1', '!r'), { sessions: keys })
  await vi.waitFor(async () => {
    const { rows } = await other.query('SELECT 1 FROM pg_locks WHERE NOT granted')
    expect(rows).not.toHaveLength(0)
  })
  const code = server.terminate()
  await other.query('COMMIT')
  await other.end()
  expect(await uploading).toMatchObject({ status: 200, body: { count: 5000 } })
  expect(await code).toBe(0)
})
