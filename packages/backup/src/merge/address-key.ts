/** An address as the key of a map. */
import type { SessionAddress } from '../ports/room-keys-api.ts'

/** One string for an address. No two addresses share one: JSON escapes lone surrogates too. */
export function addressKey({ roomId, sessionId }: SessionAddress): string {
  return JSON.stringify([roomId, sessionId])
}
