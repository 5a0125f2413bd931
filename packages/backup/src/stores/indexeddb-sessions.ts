/** The sessions of a key store in IndexedDB. */
import type { RoomId } from '@roomkeys/types'
import { wrap } from 'idb'
import type { RoomKeyStore, StoredSession } from '../ports/room-key-store.ts'
import type { SessionAddress } from '../ports/room-keys-api.ts'
import { stored } from './indexeddb-errors.ts'
import { pendingIn } from './indexeddb-pending.ts'
import { sessionOf } from './indexeddb-row.ts'
import { SESSIONS } from './indexeddb-schema.ts'
import { update } from './indexeddb-update.ts'

/** Sessions that one transaction reads for an iteration. */
const PAGE_SIZE = 200

/** The sessions, in a transaction that reads. */
function sessionsOf(database: IDBDatabase): IDBObjectStore {
  return database.transaction(SESSIONS).objectStore(SESSIONS)
}

async function get(
  database: IDBDatabase,
  { roomId, sessionId }: SessionAddress,
): Promise<StoredSession | null> {
  const row = await stored(() => wrap<unknown>(sessionsOf(database).get([roomId, sessionId])))
  return row === undefined ? null : sessionOf(row)
}

/** Keys after this one, or from the beginning; an array comes after every string. */
function rangeAfter(roomId: RoomId | undefined, last: SessionAddress | null): IDBKeyRange {
  const end = roomId === undefined ? [[]] : [roomId, []]
  if (last !== null) return IDBKeyRange.bound([last.roomId, last.sessionId], end, true)
  return IDBKeyRange.bound(roomId === undefined ? [] : [roomId], end)
}

/**
 * Reads page by page, each from the key after the last one in a transaction of its own: none is open
 * while the caller is at work, and no key ever moves.
 */
async function* sessions(database: IDBDatabase, roomId?: RoomId): AsyncGenerator<StoredSession> {
  let last: SessionAddress | null = null
  for (;;) {
    const range = rangeAfter(roomId, last)
    const rows: readonly unknown[] = await stored(() =>
      wrap<unknown[]>(sessionsOf(database).getAll(range, PAGE_SIZE)),
    )
    for (const row of rows) {
      const session = sessionOf(row)
      last = session
      yield session
    }
    if (rows.length < PAGE_SIZE) return
  }
}

/** The sessions of an open database. */
export function sessionsIn(database: IDBDatabase): RoomKeyStore {
  return {
    get: (address) => get(database, address),
    update: (addresses, decide) => update(database, addresses, decide),
    ...pendingIn(database),
    sessions: (roomId) => sessions(database, roomId),
  }
}
