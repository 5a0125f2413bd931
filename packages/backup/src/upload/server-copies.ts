/** What a version holds of some sessions now, read in few requests. */
import type { BackupVersionInfo, RoomId } from '@roomkeys/types'
import type { BackupEntry } from '../entry.ts'
import { addressKey } from '../merge/address-key.ts'
import type { ApiCallOptions, RoomKeysApi, SessionAddress } from '../ports/room-keys-api.ts'

/** A version with at most so many keys for each wanted one is read whole: it is one request. */
const WHOLE_VERSION_FACTOR = 20
/** From so many sessions of a room on, the room is read. */
const WHOLE_ROOM = 3

/** Which sessions, and of which version; its count may be out of date. */
export interface Wanted {
  readonly version: Pick<BackupVersionInfo, 'version' | 'count'>
  readonly addresses: readonly SessionAddress[]
}

async function* among(
  entries: AsyncIterable<BackupEntry>,
  addresses: readonly SessionAddress[],
): AsyncGenerator<BackupEntry> {
  const wanted = new Set(addresses.map(addressKey))
  for await (const entry of entries) if (wanted.has(addressKey(entry))) yield entry
}

/** The addresses of each room. */
export function byRoom(
  addresses: readonly SessionAddress[],
): ReadonlyMap<RoomId, readonly SessionAddress[]> {
  const rooms = new Map<RoomId, SessionAddress[]>()
  for (const address of addresses) {
    const room = rooms.get(address.roomId)
    if (room === undefined) rooms.set(address.roomId, [address])
    else room.push(address)
  }
  return rooms
}

/** The entries that the version has of these sessions; not parsed, and none for what it lacks. */
export async function* serverCopies(
  api: RoomKeysApi,
  { version: { version, count }, addresses }: Wanted,
  options: ApiCallOptions,
): AsyncGenerator<BackupEntry> {
  if (addresses.length === 0) return
  if (count <= WHOLE_VERSION_FACTOR * addresses.length) {
    yield* among(api.readKeys(version, options), addresses)
    return
  }
  for (const [roomId, room] of byRoom(addresses)) {
    if (room.length >= WHOLE_ROOM) {
      yield* among(api.readKeys(version, { ...options, roomId }), room)
      continue
    }
    for (const { sessionId } of room) {
      const data = await api.readKey(version, { roomId, sessionId }, options)
      if (data !== null) yield { roomId, sessionId, data }
    }
  }
}
