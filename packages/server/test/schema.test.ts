import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createServer, migrate, type SqlExecutor, type SqlStore } from '../src/index.ts'
import { openPgStore } from '../src/pg.ts'
import { openPgliteStore, type PgliteStore } from '../src/pglite.ts'
import { MIGRATIONS } from '../src/schema/migrations.ts'
import { BACKENDS, keyOf, keysPath, newUser, openTestStore } from './helpers.ts'
import { createDatabase } from './postgres/postgres.ts'

async function column(store: SqlExecutor, sql: string, ...params: unknown[]): Promise<string[]> {
  const { rows } = await store.query(sql, params)
  return rows.map((row) => String(Object.values(row)[0]))
}

/** Ordinary and partitioned tables, without the partitions. */
const TABLES = `SELECT relname::text FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
  WHERE nspname = 'public' AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname`

const KEYS = `SELECT string_agg(attname::text, ',' ORDER BY position)
  FROM pg_index, unnest(indkey) WITH ORDINALITY AS part(number, position), pg_attribute
  WHERE indrelid = $1::text::regclass AND indisunique AND attrelid = indrelid AND attnum = number
  GROUP BY indexrelid`

describe.each(BACKENDS)('the schema on %s', (backend) => {
  let store: PgliteStore
  beforeAll(async () => {
    store = await openTestStore(backend)
  })
  afterAll(() => store.close())

  it('every unique key begins with user_id', async () => {
    const tables = (await column(store, TABLES)).filter((name) => !name.startsWith('roomkeys_'))
    expect(tables).toEqual(expect.arrayContaining(['access_tokens', 'backup_keys', 'users']))
    for (const table of tables) {
      const keys = await column(store, KEYS, table)
      expect(keys, table).not.toEqual([])
      for (const key of keys) expect(key, table).toMatch(/^user_id\b/)
    }
  })

  it('identifiers are compared by their bytes', async () => {
    const others = await column(
      store,
      `SELECT table_name || '.' || column_name FROM information_schema.columns
       WHERE table_schema = 'public' AND column_name LIKE '%\\_id' AND data_type = 'text'
         AND collation_name IS DISTINCT FROM 'C'`,
    )
    expect(others).toEqual([])
  })
})

describe('the partitioned layout', () => {
  let store: PgliteStore
  beforeAll(async () => {
    store = await openTestStore('partitioned')
  })
  afterAll(() => store.close())

  it('has 16 partitions of every table', async () => {
    const tables = (await column(store, TABLES)).filter((name) => !name.startsWith('roomkeys_'))
    const counts = await column(
      store,
      `SELECT count(*)::text FROM pg_inherits JOIN pg_class parent ON parent.oid = inhparent
       WHERE parent.relkind = 'p' GROUP BY inhparent`,
    )
    expect(counts).toEqual(tables.map(() => '16'))
  })

  it('is asked for one partition by each statement of /room_keys', async () => {
    const statements: [string, readonly unknown[]][] = []
    const recorded = (tx: SqlExecutor): SqlExecutor => ({
      query: (sql, params = []) => {
        statements.push([sql, params])
        return tx.query(sql, params)
      },
    })
    const recording: SqlStore = {
      ...recorded(store),
      transaction: (work, kind) => store.transaction((tx) => work(recorded(tx)), kind),
    }
    const server = createServer({ store: recording, serverName: 'localhost', rateLimits: 'off' })
    const user = await newUser(store, server.fetch)
    await user.newVersion()
    for (let i = 0; i < 2; i++)
      await user.ask('PUT', keysPath('1', '!r', 's'), keyOf([i > 0, 1, 0]))
    for (const ids of [[], ['!r'], ['!r', 's']]) await user.ask('GET', keysPath('1', ...ids))
    for (const ids of [['!r', 's'], ['!r'], []]) await user.ask('DELETE', keysPath('1', ...ids))
    await user.ask('PUT', '/room_keys/version/1', { algorithm: 'x', auth_data: {} })
    for (const path of ['', '/1']) await user.ask('GET', `/room_keys/version${path}`)
    await user.ask('DELETE', '/room_keys/version/1')
    await server.settled()
    expect(statements.length).toBeGreaterThan(30)
    for (const [sql, params] of statements.filter(
      ([sql]) => !sql.startsWith('SELECT set_config'),
    )) {
      const plan = await column(store, `EXPLAIN ${sql}`, ...params)
      const partitions = new Set(plan.join(' ').match(/_p\d+(?=\b|_pkey)/g))
      expect([...partitions], sql).toHaveLength(sql.trimStart().startsWith('INSERT') ? 0 : 1)
    }
  })

  it('stays as it is', async () => {
    await migrate(store)
    await migrate(store, { layout: 'partitioned', partitions: 16 })
    for (const options of [{ layout: 'whole' }, { layout: 'partitioned', partitions: 8 }] as const)
      await expect(migrate(store, options)).rejects.toMatchObject({ code: 'layout_differs' })
    for (const partitions of [0, 1.5, 5000])
      await expect(migrate(store, { layout: 'partitioned', partitions })).rejects.toBeInstanceOf(
        TypeError,
      )
  })
})

it('a database that was not partitioned at first never is', async () => {
  const store = await openPgliteStore()
  await migrate(store)
  await migrate(store, { layout: 'whole' })
  await expect(migrate(store, { layout: 'partitioned', partitions: 2 })).rejects.toMatchObject({
    code: 'layout_differs',
  })
  await store.close()
})

it('the newest live version of each user is current after an update', async () => {
  const store = await openPgliteStore()
  await store.query('CREATE TABLE roomkeys_schema (step integer PRIMARY KEY)')
  for (const [index, statements] of MIGRATIONS.slice(0, 3).entries()) {
    for (const statement of statements) await store.query(statement)
    await store.query('INSERT INTO roomkeys_schema VALUES ($1)', [index + 1])
  }
  await store.query(
    `INSERT INTO users (user_id, password_hash) VALUES ('@a:b', '-'), ('@c:d', '-')`,
  )
  await store.query(`INSERT INTO backup_versions (user_id, version, algorithm, auth_data, deleted_at)
    VALUES ('@a:b', 9, 'x', '{}', null), ('@a:b', 10, 'x', '{}', null), ('@a:b', 11, 'x', '{}', 1),
      ('@c:d', 1, 'x', '{}', 1)`)
  await migrate(store)
  const current = `SELECT user_id || version FROM backup_versions WHERE is_current`
  expect(await column(store, current)).toEqual(['@a:b10'])
  await store.close()
})

it('many processes that migrate at once take turns', async () => {
  const connectionString = await createDatabase()
  const stores = await Promise.all(
    Array.from({ length: 6 }, () => openPgStore({ connectionString })),
  )
  await Promise.all(stores.map((store) => migrate(store, { layout: 'partitioned', partitions: 4 })))
  expect(
    await column(stores[0] as SqlStore, 'SELECT partitions::text FROM roomkeys_layout'),
  ).toEqual(['4'])
  await Promise.all(stores.map((store) => store.close()))
})
