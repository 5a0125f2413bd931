/** An address as the key of a map. */
import type { SessionAddress } from '../ports/room-keys-api.ts'

/** One string for an address. No two addresses share one: the length says where the room id ends. */
export function addressKey({ roomId, sessionId }: SessionAddress): string {
  return `${roomId.length} ${roomId}${sessionId}`
}
