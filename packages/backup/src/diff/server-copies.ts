/** What the server holds of some sessions now, read in few requests. */
import type { RoomId } from '@roomkeys/types'
import type { BackupEntry } from '../entry.ts'
import { addressKey } from '../merge/address-key.ts'
import type { SessionAddress } from '../ports/room-keys-api.ts'
import { callOptions, type OpenBackup } from './live-backup.ts'

/** From so many sessions of a room on, the room is read. */
const WHOLE_ROOM = 3

async function* roomCopies(
  { api, version }: OpenBackup,
  addresses: readonly SessionAddress[],
  signal: AbortSignal | undefined,
): AsyncGenerator<BackupEntry> {
  const [first] = addresses
  if (first === undefined) return
  if (addresses.length >= WHOLE_ROOM) {
    const wanted = new Set(addresses.map(addressKey))
    const options = { ...callOptions(signal), roomId: first.roomId }
    for await (const entry of api.readKeys(version.version, options))
      if (wanted.has(addressKey(entry))) yield entry
    return
  }
  for (const { roomId, sessionId } of addresses) {
    const data = await api.readKey(version.version, { roomId, sessionId }, callOptions(signal))
    if (data !== null) yield { roomId, sessionId, data }
  }
}

/** The entries that the server holds of these sessions; none for what it lacks. */
export async function* serverCopies(
  backup: OpenBackup,
  addresses: readonly SessionAddress[],
  signal: AbortSignal | undefined,
): AsyncGenerator<BackupEntry> {
  const rooms = new Map<RoomId, SessionAddress[]>()
  for (const address of addresses)
    rooms.set(address.roomId, [...(rooms.get(address.roomId) ?? []), address])
  for (const room of rooms.values()) yield* roomCopies(backup, room, signal)
}
