/** One restore at a time over a store: two would read and open everything twice. */
import { BackupError } from '../errors.ts'
import type { RoomKeyStore } from '../ports/room-key-store.ts'

/** Stores over which a restore runs in this process. Weak: a store that is gone is not held. */
const claimed = new WeakSet<RoomKeyStore>()

/**
 * Claims a store, until the function that is returned is called.
 *
 * @throws BackupError `busy`
 */
export function claim(store: RoomKeyStore): () => void {
  if (claimed.has(store))
    throw new BackupError('busy', 'Another restore into this store is under way')
  claimed.add(store)
  return () => {
    claimed.delete(store)
  }
}
