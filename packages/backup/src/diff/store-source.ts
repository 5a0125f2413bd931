/** A store as a source. */
import type { RoomKeyStore, StoredSession } from '../ports/room-key-store.ts'
import type { KeySource, SourceSession } from './source.ts'

/** A stored session as an item. */
export function storedItem({ roomId, sessionId, copies }: StoredSession): SourceSession {
  return { status: 'session', roomId, sessionId, copies }
}

/** The keys of a store. */
export function storeSource(store: RoomKeyStore, name = 'store'): KeySource {
  return {
    name,
    origins: 'kept',
    sessions: async function* ({ signal } = {}) {
      signal?.throwIfAborted()
      for await (const session of store.sessions()) {
        signal?.throwIfAborted()
        yield storedItem(session)
      }
    },
    get: async (address) => {
      const session = await store.get(address)
      return session === null ? null : storedItem(session)
    },
  }
}
