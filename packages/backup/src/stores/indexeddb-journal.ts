/** The journal of a key store in IndexedDB. */
import { wrap } from 'idb'
import type { Journal } from '../ports/journal.ts'
import { stored } from './indexeddb-errors.ts'
import { JOURNAL } from './indexeddb-schema.ts'
import { committed, DURABLE } from './indexeddb-transaction.ts'

async function read(database: IDBDatabase, name: string): Promise<unknown> {
  return stored(async () => {
    const records = database.transaction(JOURNAL).objectStore(JOURNAL)
    return (await wrap<unknown>(records.get(name))) ?? null
  })
}

async function change(
  database: IDBDatabase,
  request: (records: IDBObjectStore) => IDBRequest,
): Promise<void> {
  const transaction = await stored(() => database.transaction(JOURNAL, 'readwrite', DURABLE))
  await committed(transaction, async () => {
    await stored(() => {
      request(transaction.objectStore(JOURNAL))
    })
  })
}

/** The journal of an open database. */
export function journalIn(database: IDBDatabase): Journal {
  return {
    read: (name) => read(database, name),
    write: (name, record) => change(database, (records) => records.put(record, name)),
    remove: (name) => change(database, (records) => records.delete(name)),
  }
}
