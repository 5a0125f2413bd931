/** A store and a journal in one database of IndexedDB. */
import type { Clock } from '../ports/clock.ts'
import type { Journal } from '../ports/journal.ts'
import type { RoomKeyStore } from '../ports/room-key-store.ts'
import { systemClock } from '../ports/system-clock.ts'
import { journalIn } from './indexeddb-journal.ts'
import { MIGRATIONS, openDatabase } from './indexeddb-schema.ts'
import { sessionsIn } from './indexeddb-sessions.ts'

/** Which database is opened. */
export interface OpenIndexedDbStoreOptions {
  /** The name of the database; of an account and a device, where there are several. */
  readonly name: string
  /** Where the database is: the platform's by default, that of a storage bucket for example. */
  readonly indexedDB?: IDBFactory
  /** Measures how long other windows are waited for; the platform's by default. */
  readonly clock?: Clock
}

/** A store and a journal that are open. */
export interface IndexedDbStore {
  readonly store: RoomKeyStore
  readonly journal: Journal
  /** Closes the database when what is under way has ended; calls after that reject. */
  readonly close: () => void
}

/**
 * Opens a store, and makes it when there is none. Several windows may have one open: their updates wait
 * for each other. When another window brings it to a newer schema, this one closes.
 *
 * @throws BackupError `store`: the platform allows no database, a newer version of the library wrote
 * it, or another window does not let go of an older schema
 */
export async function openIndexedDbStore({
  name,
  indexedDB: factory = indexedDB,
  clock = systemClock,
}: OpenIndexedDbStoreOptions): Promise<IndexedDbStore> {
  const database = await openDatabase({ name, factory, clock, migrations: MIGRATIONS })
  return {
    store: sessionsIn(database),
    journal: journalIn(database),
    close: () => {
      database.close()
    },
  }
}
