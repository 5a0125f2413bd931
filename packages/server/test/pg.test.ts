import { inspect } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { MAX_ATTEMPTS, openPgStore, type PgStore } from '../src/pg.ts'
import { createDatabase } from './postgres/postgres.ts'

let url: string
let store: PgStore
beforeAll(async () => {
  url = await createDatabase()
  store = await openPgStore({ connectionString: url, max: 4, maxSnapshots: 1 })
  await store.query('CREATE TABLE notes (id integer PRIMARY KEY, text text NOT NULL)')
})
afterAll(() => store.close())

const SECRET = 'correct horse battery staple'

describe('errors', () => {
  it.each([
    ['a constraint', `INSERT INTO notes VALUES (1, $1), (1, $1)`, [SECRET], '23505'],
    ['a null', `INSERT INTO notes SELECT 2, nullif($1, $1)`, [SECRET], '23502'],
    ['a cast', `SELECT $1::text::bigint`, [SECRET], '22P02'],
    ['syntax', `SELEC '${SECRET}'`, [], '42601'],
    ['U+0000', 'SELECT $1::text', [`${SECRET}\0`], '22021'],
  ])('of %s say nothing of the statement', async (...[, sql, params, sqlState]) => {
    const error: unknown = await store.query(sql, params).catch((it: unknown) => it)
    expect(error).toMatchObject({ code: 'store_failed', sqlState, retryable: false })
    expect(inspect(error, { depth: 10 })).not.toContain(SECRET)
  })

  it('of a database that is not there are passing, and do not show the password', async () => {
    const away = await openPgStore({
      connectionString: `postgres://u:${encodeURIComponent(SECRET)}@127.0.0.1:1/x`,
    })
    for (const failing of [
      away.query('SELECT 1'),
      away.transaction((tx) => tx.query('SELECT 1')),
    ]) {
      const error: unknown = await failing.catch((it: unknown) => it)
      expect(error).toMatchObject({ code: 'store_unavailable', retryable: true })
      expect(inspect(error, { depth: 10 })).not.toContain('correct')
    }
    await away.close()
  })

  it('of the work itself come out as they are, and undo it', async () => {
    const failure = new Error('mine')
    await expect(
      store.transaction(async (tx) => {
        await tx.query(`INSERT INTO notes VALUES (10, 'x')`)
        throw failure
      }),
    ).rejects.toBe(failure)
    expect((await store.query('SELECT id FROM notes WHERE id = 10')).rows).toEqual([])
  })

  it('that the work swallowed show when it commits', async () => {
    await expect(
      store.transaction(async (tx) => {
        await tx.query('SELECT 1/0').catch(() => undefined)
      }),
    ).rejects.toMatchObject({ code: 'store_failed', sqlState: '25P02' })
  })
})

describe('conflicts', () => {
  /** Two transactions that lock two rows in opposite orders, the first time around. */
  async function crossing(): Promise<readonly number[]> {
    await store.query(`INSERT INTO notes VALUES (20, ''), (21, '') ON CONFLICT DO NOTHING`)
    const runs = [0, 0]
    let bothLocked: () => void = () => undefined
    const locked = new Promise<void>((resolve) => (bothLocked = resolve))
    let waiting = 2
    const run = (me: 0 | 1, rows: readonly number[]): Promise<void> =>
      store.transaction(async (tx) => {
        const attempt = (runs[me] ?? 0) + 1
        runs[me] = attempt
        for (const [i, id] of rows.entries()) {
          await tx.query(`UPDATE notes SET text = text || $2 WHERE id = $1`, [id, String(me)])
          if (i > 0 || attempt > 1) continue
          if (--waiting === 0) bothLocked()
          await locked
        }
      })
    await Promise.all([run(0, [20, 21]), run(1, [21, 20])])
    return runs
  }

  it('a deadlock is resolved by running one of the two again', async () => {
    const runs = await crossing()
    expect(runs.reduce((sum, n) => sum + n)).toBe(3)
    const { rows } = await store.query('SELECT text FROM notes WHERE id IN (20, 21)')
    expect(rows.map(({ text }) => Array.from(String(text)).sort().join(''))).toEqual(['01', '01'])
  })

  const RAISE = `DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$`

  it('that do not end are given up', async () => {
    let runs = 0
    await expect(
      store.transaction((tx) => {
        runs++
        return tx.query(RAISE)
      }),
    ).rejects.toMatchObject({ code: 'store_unavailable', sqlState: '40001' })
    expect(runs).toBe(MAX_ATTEMPTS)
  })

  it('never run a snapshot twice', async () => {
    let runs = 0
    await expect(
      store.transaction((tx) => {
        runs++
        return tx.query(RAISE)
      }, 'snapshot'),
    ).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(runs).toBe(1)
  })
})

describe('snapshots', () => {
  it('see one state, and change nothing', async () => {
    await store.transaction(async (tx) => {
      const count = async (): Promise<unknown> =>
        (await tx.query('SELECT count(*)::text AS n FROM notes')).rows[0]
      const before = await count()
      await store.query(`INSERT INTO notes VALUES (30, 'meanwhile')`)
      expect(await count()).toEqual(before)
    }, 'snapshot')
    await expect(
      store.transaction((tx) => tx.query('DELETE FROM notes'), 'snapshot'),
    ).rejects.toMatchObject({ sqlState: '25006' })
  })

  it('leave connections to changes, and wait for one another', async () => {
    const few = await openPgStore({
      connectionString: url,
      max: 2,
      maxSnapshots: 1,
      connectTimeoutMs: 100,
    })
    await few.transaction(async () => {
      expect((await few.query(`SELECT 'free' AS is`)).rows).toEqual([{ is: 'free' }])
      await expect(few.transaction((tx) => tx.query('SELECT 1'), 'snapshot')).rejects.toMatchObject(
        { code: 'store_unavailable', sqlState: 'NO_SNAPSHOT_FREE' },
      )
    }, 'snapshot')
    await few.close()
  })
})

describe('limits of time', () => {
  it('on statements, locks and connections', async () => {
    const hasty = await openPgStore({
      connectionString: url,
      max: 2,
      statementTimeoutMs: 400,
      lockTimeoutMs: 100,
      connectTimeoutMs: 200,
    })
    await expect(hasty.query('SELECT pg_sleep(60)')).rejects.toMatchObject({
      code: 'store_unavailable',
      sqlState: '57014',
    })
    await hasty.transaction(async (tx) => {
      await tx.query('LOCK TABLE notes')
      await expect(hasty.query('SELECT id FROM notes')).rejects.toMatchObject({
        code: 'store_unavailable',
        sqlState: '55P03',
      })
      await hasty.transaction(async () => {
        await expect(hasty.query('SELECT 1')).rejects.toMatchObject({ code: 'store_unavailable' })
      })
    })
    await hasty.close()
  })

  it('on transactions that wait for us', async () => {
    const hasty = await openPgStore({ connectionString: url, idleInTransactionTimeoutMs: 50 })
    await expect(
      hasty.transaction(async (tx) => {
        await tx.query('SELECT 1')
        await new Promise((resolve) => setTimeout(resolve, 300))
        await tx.query('SELECT 1')
      }),
    ).rejects.toMatchObject({ code: 'store_unavailable' })
    expect((await hasty.query(`SELECT 'again' AS is`)).rows).toEqual([{ is: 'again' }])
    await hasty.close()
  })
})

describe('listening', () => {
  it('hears at once, and again after its connection was cut off', async () => {
    const listening = await openPgStore({ connectionString: url, application_name: 'listening' })
    const heard: (string | null)[] = []
    const stop = await listening.listen('a channel', (payload) => heard.push(payload))
    expect(heard).toEqual([null])
    await store.query(`SELECT pg_notify('a channel', 'one')`)
    await vi.waitFor(() => {
      expect(heard).toEqual([null, 'one'])
    })
    await store.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'listening'`,
    )
    // What was told meanwhile is lost, and that is told.
    await vi.waitFor(
      () => {
        expect(heard).toEqual([null, 'one', null])
      },
      { timeout: 10_000 },
    )
    await store.query(`SELECT pg_notify('a channel', 'two')`)
    await vi.waitFor(() => {
      expect(heard.at(-1)).toBe('two')
    })
    await stop()
    await listening.close()
  })

  it('that cannot begin says so again and again, and ends with the store', async () => {
    const away = await openPgStore({ connectionString: 'postgres://u:p@127.0.0.1:1/x' })
    const heard: (string | null)[] = []
    await away.listen('a channel', (payload) => heard.push(payload))
    await vi.waitFor(
      () => {
        expect(heard).toEqual([null, null])
      },
      { timeout: 10_000 },
    )
    await away.close()
  })
})

it('a connection that is cut off takes nothing with it but its transaction', async () => {
  const killer = new pg.Client({ connectionString: url })
  await killer.connect()
  await expect(
    store.transaction(async (tx) => {
      const { rows } = await tx.query('SELECT pg_backend_pid() AS pid')
      await killer.query('SELECT pg_terminate_backend($1)', [rows[0]?.['pid']])
      await new Promise((resolve) => setTimeout(resolve, 100))
      await tx.query('SELECT 1')
    }),
  ).rejects.toMatchObject({ code: 'store_unavailable' })
  expect((await store.query(`SELECT 'again' AS is`)).rows).toEqual([{ is: 'again' }])
  await killer.end()
})
