/** A store of room keys in memory. */
import type { BackupVersion, RoomId } from '@roomkeys/types'
import { addressKey } from '../merge/address-key.ts'
import type { RoomKeyStore, StoredSession } from '../ports/room-key-store.ts'
import { decideAll } from './decide-all.ts'
import { settledIn } from './settled-in.ts'

/** Its transactions cost nothing; what waits for one takes memory. */
const TRANSACTION_SIZE = 16

type Sessions = Map<string, StoredSession>

/** The map under a name, made when there is none. */
function groupOf<Name>(groups: Map<Name, Sessions>, name: Name): Sessions {
  const group: Sessions = groups.get(name) ?? new Map<string, StoredSession>()
  groups.set(name, group)
  return group
}

/**
 * Makes an empty store. What it is given it keeps, and does not copy: sessions are values.
 *
 * It has the groups that a database has as indexes: by room, and by the version in which a session is
 * settled.
 */
export function createMemoryStore(): RoomKeyStore {
  const all: Sessions = new Map<string, StoredSession>()
  const rooms = new Map<RoomId, Sessions>()
  const settled = new Map<BackupVersion | null, Sessions>()

  function write(key: string, session: StoredSession): void {
    const before = all.get(key)
    if (before !== undefined) settled.get(settledIn(before))?.delete(key)
    all.set(key, session)
    groupOf(rooms, session.roomId).set(key, session)
    groupOf(settled, settledIn(session)).set(key, session)
  }

  function pendingOf(version: BackupVersion, limit: number): readonly StoredSession[] {
    const sessions: StoredSession[] = []
    for (const [name, group] of settled)
      for (const session of name === version ? [] : group.values()) {
        if (sessions.length >= limit) return sessions
        sessions.push(session)
      }
    return sessions
  }

  async function* iterate(roomId?: RoomId): AsyncGenerator<StoredSession> {
    const group = roomId === undefined ? all : rooms.get(roomId)
    const now = [...(group?.values() ?? [])]
    for (const session of now) yield await Promise.resolve(session)
  }

  return {
    transactionSize: TRANSACTION_SIZE,
    get: (address) => Promise.resolve(all.get(addressKey(address)) ?? null),
    update: async (addresses, decide) => {
      await Promise.resolve()
      for (const [key, session] of decideAll(addresses, decide, all)) write(key, session)
    },
    pending: (version, limit) => Promise.resolve(pendingOf(version, limit)),
    counts: (version) => {
      const done = settled.get(version)?.size ?? 0
      return Promise.resolve({ total: all.size, pending: all.size - done })
    },
    sessions: iterate,
  }
}
