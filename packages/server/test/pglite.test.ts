import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createServer, createUser, migrate } from '../src/index.ts'
import { MIGRATIONS } from '../src/schema/migrations.ts'
import { openPgliteStore } from '../src/pglite.ts'
import { AUTH_DATA, askAs, keyOf, keysPath } from './helpers.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'roomkeys-server-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it('N15: everything survives a restart', async () => {
  const data = join(folder, 'restart')
  const first = await openPgliteStore({ folder: data })
  await migrate(first)
  await createUser(first, { userId: '@alice:localhost', password: 'secret' })
  const { fetch } = createServer({ store: first, serverName: 'localhost' })
  const login = { type: 'm.login.password', user: 'alice', password: 'secret' }
  const token = String((await askAs('', fetch)('POST', '/login', login)).body['access_token'])
  const ask = askAs(token, fetch)
  await ask('POST', '/room_keys/version', { algorithm: 'x', auth_data: AUTH_DATA })
  await ask('PUT', keysPath('1', '!r', '__proto__'), keyOf())
  const before = await ask('GET', keysPath('1'))
  await first.close()

  const second = await openPgliteStore({ folder: data })
  await migrate(second)
  const again = askAs(token, createServer({ store: second, serverName: 'localhost' }).fetch)
  expect((await again('GET', keysPath('1'))).text).toBe(before.text)
  expect((await again('GET', '/room_keys/version')).body).toMatchObject({ count: 1, etag: '1' })
  await second.close()
})

it('a folder is open once at a time', async () => {
  const data = join(folder, 'locked')
  const store = await openPgliteStore({ folder: data })
  await expect(openPgliteStore({ folder: data })).rejects.toMatchObject({
    code: 'store_in_use',
    retryable: true,
  })
  await store.close()
  await (await openPgliteStore({ folder: data })).close()
})

it('a lock left behind is taken over, and one that is held is not', async () => {
  const data = join(folder, 'stale')
  await (await openPgliteStore({ folder: data })).close()
  const gone = spawnSync(process.execPath, ['-e', '']).pid
  for (const holder of [`${gone} other-run`, `${process.pid} other-run`]) {
    await writeFile(join(data, 'in-use'), holder)
    await (await openPgliteStore({ folder: data })).close()
  }
  await writeFile(join(data, 'in-use'), `${process.ppid} other-run`)
  await expect(openPgliteStore({ folder: data })).rejects.toMatchObject({ code: 'store_in_use' })
})

it('migrates once, whoever comes first, and never backwards', async () => {
  const store = await openPgliteStore()
  await Promise.all([migrate(store), migrate(store), migrate(store)])
  const steps = await store.query('SELECT step::text AS step FROM roomkeys_schema')
  expect(steps.rows).toEqual(MIGRATIONS.map((_, i) => ({ step: String(i + 1) })))
  await store.query('INSERT INTO roomkeys_schema (step) VALUES (1000)')
  await expect(migrate(store)).rejects.toMatchObject({ code: 'schema_too_new' })
  await store.close()
})
