/**
 * The database of a key store: its object stores, and how each version of them came from the one
 * before.
 */
import { wrap } from 'idb'
import { BackupError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import { stored } from './indexeddb-errors.ts'

/** Session records. */
export const SESSIONS = 'sessions'
/** Records of the journal by their names. */
export const JOURNAL = 'journal'
/** Sessions by the version in which they are settled, and then by their address. */
export const SETTLED = 'settled'

/** One step from a version of the schema to the next, inside the transaction that upgrades. */
export type Migration = (database: IDBDatabase, transaction: IDBTransaction) => void

/** The step to version 1 first. Steps that were released are never changed. */
export const MIGRATIONS: readonly Migration[] = [
  (database) => {
    const address = ['roomId', 'sessionId']
    const sessions = database.createObjectStore(SESSIONS, { keyPath: address })
    sessions.createIndex(SETTLED, ['settled', ...address])
    database.createObjectStore(JOURNAL)
  },
]

/** Which database is opened. */
export interface OpenDatabaseOptions {
  readonly name: string
  readonly factory: IDBFactory
  readonly migrations: readonly Migration[]
  readonly clock: Clock
}

/** How long connections with an older schema are waited for: they may be in the middle of a batch. */
const BLOCKED_PATIENCE_MS = 10_000

function upgradeOn(request: IDBOpenDBRequest, migrations: readonly Migration[]): void {
  request.addEventListener('upgradeneeded', ({ oldVersion }) => {
    const { result, transaction } = request
    // An upgrade always has a transaction; the type is that of any request.
    if (transaction === null) throw new TypeError('There is no transaction to upgrade in')
    for (const migrate of migrations.slice(oldVersion)) migrate(result, transaction)
  })
}

/**
 * Rejects when connections with an older schema do not close in time. Ours do so by themselves, after
 * the transactions that are under way.
 */
function unlessBlocked(
  request: IDBOpenDBRequest,
  { clock }: OpenDatabaseOptions,
  opened: AbortSignal,
): Promise<never> {
  return new Promise((_, reject) => {
    request.addEventListener('blocked', () => {
      const message = 'Another window keeps an older version of the key store open'
      const error = new BackupError('store', message)
      clock.sleep(BLOCKED_PATIENCE_MS, opened).then(() => {
        reject(error)
      }, reject)
    })
  })
}

async function requested(
  request: IDBOpenDBRequest,
  options: OpenDatabaseOptions,
): Promise<IDBDatabase> {
  const opened = new AbortController()
  try {
    await Promise.race([wrap(request), unlessBlocked(request, options, opened.signal)])
    return request.result
  } catch (error) {
    // It may still open, and would then stand in the way of others.
    request.addEventListener('success', () => {
      request.result.close()
    })
    throw error
  } finally {
    opened.abort()
  }
}

/**
 * Opens a database and brings it up to date. When another window needs a newer schema, or deletes the
 * database, the connection closes rather than stand in the way.
 *
 * @throws BackupError `store`
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<IDBDatabase> {
  const { name, factory, migrations } = options
  const database = await stored(() => {
    const request = factory.open(name, migrations.length)
    upgradeOn(request, migrations)
    return requested(request, options)
  })
  database.addEventListener('versionchange', () => {
    database.close()
  })
  return database
}
