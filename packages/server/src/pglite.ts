/**
 * The embedded database: PostgreSQL compiled to wasm, in memory or in a folder.
 *
 * @see https://pglite.dev
 */
import type { PGlite, Transaction } from '@electric-sql/pglite'
import { join } from 'node:path'
import { lockFolder } from './pglite/folder-lock.ts'
import type { SqlExecutor, SqlRow, SqlStore } from './store.ts'
import { storeError } from './store/failures.ts'

/** Where the data is kept. */
export interface PgliteOptions {
  /** A folder of its own, created if need be; without one, the data is gone with the process. */
  readonly folder?: string
}

/** A store that has to be closed. */
export interface PgliteStore extends SqlStore {
  /** Waits for running queries, writes everything down and lets go of the folder. */
  close(): Promise<void>
}

const SNAPSHOT = 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY'

function executor(db: PGlite | Transaction): SqlExecutor {
  return {
    query: async (sql, params = []) => {
      try {
        return await db.query<SqlRow>(sql, [...params])
      } catch (error) {
        throw storeError(error)
      }
    },
  }
}

/** Adapts a database that is open already; whoever opened it closes it. */
export function pgliteStore(db: PGlite): SqlStore {
  return {
    ...executor(db),
    transaction: async (work, kind = 'change') =>
      db.transaction(async (tx) => {
        if (kind === 'snapshot') await tx.query(SNAPSHOT)
        return work(executor(tx))
      }),
    listen: async (channel, heard) => db.listen(channel, heard),
  }
}

/**
 * Opens a database. Needs the package `@electric-sql/pglite` to be installed.
 *
 * @throws ServerError `store_in_use` when another server has the folder open
 */
export async function openPgliteStore({ folder }: PgliteOptions = {}): Promise<PgliteStore> {
  const { PGlite } = await import('@electric-sql/pglite')
  if (folder === undefined) {
    const db = await PGlite.create()
    return { ...pgliteStore(db), close: () => db.close() }
  }
  const lock = await lockFolder(folder)
  try {
    const db = await PGlite.create({ dataDir: join(folder, 'pgdata') })
    return { ...pgliteStore(db), close: () => db.close().finally(lock.release) }
  } catch (error) {
    await lock.release()
    throw error
  }
}
