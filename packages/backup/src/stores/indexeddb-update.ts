/** Reading, deciding and writing in one transaction of IndexedDB. */
import { wrap } from 'idb'
import { addressKey } from '../merge/address-key.ts'
import type { StoredSession, UpdateDecision } from '../ports/room-key-store.ts'
import type { SessionAddress } from '../ports/room-keys-api.ts'
import { decideAll } from './decide-all.ts'
import { stored } from './indexeddb-errors.ts'
import { committed, DURABLE } from './indexeddb-transaction.ts'
import { rowOf, sessionOf } from './indexeddb-row.ts'
import { SESSIONS } from './indexeddb-schema.ts'

async function heldIn(
  sessions: IDBObjectStore,
  addresses: readonly SessionAddress[],
): Promise<ReadonlyMap<string, StoredSession>> {
  const keys = new Map(addresses.map((address) => [addressKey(address), address]))
  const reads = Array.from(keys.values(), ({ roomId, sessionId }) =>
    wrap<unknown>(sessions.get([roomId, sessionId])),
  )
  const rows = await stored(() => Promise.all(reads))
  const held = new Map<string, StoredSession>()
  for (const [position, key] of [...keys.keys()].entries())
    if (rows[position] !== undefined) held.set(key, sessionOf(rows[position]))
  return held
}

/**
 * Runs an update. Nothing else is awaited in the transaction: it would commit by itself.
 *
 * @throws BackupError `store`, or what a decision throws; then nothing was written
 */
export async function update(
  database: IDBDatabase,
  addresses: readonly SessionAddress[],
  decide: UpdateDecision,
): Promise<void> {
  const transaction = await stored(() => database.transaction(SESSIONS, 'readwrite', DURABLE))
  await committed(transaction, async () => {
    const sessions = transaction.objectStore(SESSIONS)
    const changes = decideAll(addresses, decide, await heldIn(sessions, addresses))
    await stored(() => {
      for (const session of changes.values()) sessions.put(rowOf(session))
    })
  })
}
