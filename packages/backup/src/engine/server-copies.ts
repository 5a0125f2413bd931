/** Reading what the server holds of some sessions, in few requests. */
import type { RoomId } from '@roomkeys/types'
import type { BackupEntry } from '../entry.ts'
import { addressKey } from '../merge/address-key.ts'
import type { SessionAddress } from '../ports/room-keys-api.ts'
import type { Backup } from './key.ts'
import type { EnginePorts } from './ports.ts'

/** A version with so many keys for each wanted one is read whole: it is one request. */
const WHOLE_VERSION_FACTOR = 20
/** From so many sessions of a room on, the room is read. */
const WHOLE_ROOM = 3

interface Wanted {
  readonly addresses: readonly SessionAddress[]
  readonly backup: Backup
}

async function* among(
  entries: AsyncIterable<BackupEntry>,
  addresses: readonly SessionAddress[],
): AsyncGenerator<BackupEntry> {
  const wanted = new Set(addresses.map(addressKey))
  for await (const entry of entries) if (wanted.has(addressKey(entry))) yield entry
}

function byRoom(addresses: readonly SessionAddress[]): ReadonlyMap<RoomId, SessionAddress[]> {
  const rooms = new Map<RoomId, SessionAddress[]>()
  for (const address of addresses) {
    const room = rooms.get(address.roomId)
    if (room === undefined) rooms.set(address.roomId, [address])
    else room.push(address)
  }
  return rooms
}

/** The entries that the server holds of these sessions; not parsed, and none for what it lacks. */
export async function* serverCopies(
  { api }: EnginePorts,
  { addresses, backup: { info } }: Wanted,
  signal: AbortSignal,
): AsyncGenerator<BackupEntry> {
  const { version, count } = info
  if (count <= WHOLE_VERSION_FACTOR * addresses.length) {
    yield* among(api.readKeys(version, { signal }), addresses)
    return
  }
  for (const [roomId, room] of byRoom(addresses)) {
    if (room.length >= WHOLE_ROOM) {
      yield* among(api.readKeys(version, { signal, roomId }), room)
      continue
    }
    for (const { sessionId } of room) {
      const data = await api.readKey(version, { roomId, sessionId }, { signal })
      if (data !== null) yield { roomId, sessionId, data }
    }
  }
}
