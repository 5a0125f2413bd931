/**
 * PostgreSQL over `pg`: one pool for each process, any number of processes on one database.
 *
 * Decisions:
 *
 * - Changes run READ COMMITTED under row locks that are taken in one order, so conflicts are not
 *   expected. Should PostgreSQL roll a change back for a deadlock or a failed serialization (40P01,
 *   40001), nothing of it happened, and it runs again, up to {@link MAX_ATTEMPTS} times in all.
 * - Nothing else runs again. After a connection that broke during COMMIT nobody knows whether the
 *   change happened; the client asks again, and an upload that is repeated changes nothing.
 * - Time is limited by PostgreSQL itself: each statement, each wait for a lock, and each transaction
 *   that waits for us. What hits a limit is `store_unavailable`, which the server answers with 503.
 * - Snapshots, which last as long as a download, get a part of the pool, so that they cannot keep
 *   changes waiting.
 * - Whoever listens for notifications has a connection beside the pool (see `pg/listener.ts`).
 * - Errors carry the SQLSTATE alone (see `store/failures.ts`).
 *
 * @see https://node-postgres.com
 */
import type { Client, Pool, PoolClient, PoolConfig } from 'pg'
import { type Listener, startListener } from './pg/listener.ts'
import { createSlots, type Slots } from './slots.ts'
import type { SqlExecutor, SqlStore, TransactionKind } from './store.ts'
import { isConflict, storeError, StoreError } from './store/failures.ts'

/** How to reach the database. Whatever else `pg.Pool` understands is passed on. */
export interface PgOptions extends PoolConfig {
  /** `postgres://user:password@host:port/database`; the other options override its parts. */
  readonly connectionString?: string
  /** Connections of this process at most, beside the one that listens for what others changed. */
  readonly max?: number
  /** Connections among them that snapshots may hold. */
  readonly maxSnapshots?: number
  /** How long one statement may take, in milliseconds. */
  readonly statementTimeoutMs?: number
  /** How long a statement may wait for a lock, in milliseconds. */
  readonly lockTimeoutMs?: number
  /** How long a transaction may wait for us, in milliseconds; longer than a download waits for its reader. */
  readonly idleInTransactionTimeoutMs?: number
  /** How long to wait for a connection, in milliseconds. */
  readonly connectTimeoutMs?: number
}

/** A store that has to be closed. */
export interface PgStore extends SqlStore {
  listen: NonNullable<SqlStore['listen']>
  /** Waits for running transactions and closes every connection. */
  close(): Promise<void>
}

/** How often a change is tried when it conflicts with others. */
export const MAX_ATTEMPTS = 5

const MAX_CONNECTIONS = 20
const STATEMENT_TIMEOUT_MS = 30_000
const LOCK_TIMEOUT_MS = 10_000
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000
const CONNECT_TIMEOUT_MS = 10_000
/** The wait before another attempt to listen. */
const LISTEN_RETRY_MS = 1000
/** The wait before another attempt: up to this, times the number of attempts so far. */
const CONFLICT_PAUSE_MS = 20

const BEGIN: Readonly<Record<TransactionKind, string>> = {
  change: 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE',
  snapshot: 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
}

function poolConfig(options: PgOptions): PoolConfig {
  const { statementTimeoutMs, lockTimeoutMs, idleInTransactionTimeoutMs, connectTimeoutMs } =
    options
  return {
    max: MAX_CONNECTIONS,
    application_name: 'roomkeys',
    ...options,
    statement_timeout: statementTimeoutMs ?? STATEMENT_TIMEOUT_MS,
    lock_timeout: lockTimeoutMs ?? LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout:
      idleInTransactionTimeoutMs ?? IDLE_IN_TRANSACTION_TIMEOUT_MS,
    connectionTimeoutMillis: connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
  }
}

function executor(connection: Pool | PoolClient): SqlExecutor {
  return {
    query: async (sql, params = []) => {
      try {
        return await connection.query<Record<string, unknown>>(sql, [...params])
      } catch (error) {
        throw storeError(error)
      }
    },
  }
}

/** The outcome shows at the next statement; without a listener, Node would end the process. */
const toldElsewhere = (): void => undefined

async function connect(pool: Pool): Promise<PoolClient> {
  try {
    const client = await pool.connect()
    client.on('error', toldElsewhere)
    return client
  } catch (error) {
    throw storeError(error)
  }
}

/** Gives a connection back; one that cannot roll back is closed, and its transaction with it. */
async function giveBack(client: PoolClient, { rollBack }: { rollBack: boolean }): Promise<void> {
  const usable =
    !rollBack ||
    (await client.query('ROLLBACK').then(
      () => true,
      () => false,
    ))
  client.off('error', toldElsewhere)
  client.release(!usable)
}

/** PostgreSQL answers ROLLBACK to the COMMIT of a transaction in which a statement failed. */
async function commit(client: PoolClient): Promise<void> {
  const { command } = await client.query('COMMIT')
  if (command !== 'COMMIT') throw new StoreError('store_failed', '25P02')
}

async function runOnce<T>(
  pool: Pool,
  work: (tx: SqlExecutor) => Promise<T>,
  kind: TransactionKind,
): Promise<T> {
  const client = await connect(pool)
  let rollBack = true
  try {
    await executor(client).query(BEGIN[kind])
    const result = await work(executor(client))
    await commit(client).catch((error: unknown) => {
      throw storeError(error)
    })
    rollBack = false
    return result
  } finally {
    await giveBack(client, { rollBack })
  }
}

async function runChange<T>(pool: Pool, work: (tx: SqlExecutor) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++)
    try {
      return await runOnce(pool, work, 'change')
    } catch (error) {
      if (!isConflict(error) || attempt === MAX_ATTEMPTS) throw error
      const pause = Math.random() * CONFLICT_PAUSE_MS * attempt
      await new Promise((resolve) => setTimeout(resolve, pause))
    }
}

async function runSnapshot<T>(
  pool: Pool,
  work: (tx: SqlExecutor) => Promise<T>,
  snapshots: Slots,
): Promise<T> {
  const release = await snapshots.acquire('')
  if (release === null) throw new StoreError('store_unavailable', 'NO_SNAPSHOT_FREE')
  return runOnce(pool, work, 'snapshot').finally(release)
}

/** Listens on connections of their own, which end with the store. */
function listening(newClient: () => Client): {
  readonly listen: PgStore['listen']
  readonly end: () => Promise<void>
} {
  const listeners = new Set<Listener>()
  const stop = async (listener: Listener): Promise<void> => {
    listeners.delete(listener)
    await listener.stop()
  }
  return {
    listen: async (channel, heard) => {
      const options = { newClient, retryMs: LISTEN_RETRY_MS }
      const listener = startListener(options, { channel, heard })
      listeners.add(listener)
      await listener.tried
      return () => stop(listener)
    },
    end: async () => {
      await Promise.all([...listeners].map(stop))
    },
  }
}

/**
 * Opens a pool of connections, each when it is needed first. Needs the package `pg` to be installed.
 *
 * A pooler between us and PostgreSQL has to work by transaction or by session, and to let the
 * start-up parameters `statement_timeout`, `lock_timeout` and
 * `idle_in_transaction_session_timeout` through.
 */
export async function openPgStore(options: PgOptions): Promise<PgStore> {
  const { default: pg } = await import('pg')
  const config = poolConfig(options)
  const pool = new pg.Pool(config)
  pool.on('error', toldElsewhere)
  const total = options.maxSnapshots ?? Math.ceil((config.max ?? MAX_CONNECTIONS) / 2)
  const waitMs = config.connectionTimeoutMillis ?? CONNECT_TIMEOUT_MS
  const snapshots = createSlots({ total, perKey: total, waitMs })
  const { listen, end } = listening(() => new pg.Client({ ...config, keepAlive: true }))
  return {
    ...executor(pool),
    transaction: (work, kind = 'change') =>
      kind === 'change' ? runChange(pool, work) : runSnapshot(pool, work, snapshots),
    listen,
    close: async () => {
      await end()
      await pool.end()
    },
  }
}
