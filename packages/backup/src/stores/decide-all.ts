/** The decisions of one update, before anything is written. */
import { addressKey } from '../merge/address-key.ts'
import type { StoredSession, UpdateDecision } from '../ports/room-key-store.ts'
import type { SessionAddress } from '../ports/room-keys-api.ts'

/**
 * Decides for each address in turn; one that comes again sees what was decided before.
 *
 * @param held - what the store holds, by `addressKey`
 * @returns what is to be written, by `addressKey`
 */
export function decideAll(
  addresses: readonly SessionAddress[],
  decide: UpdateDecision,
  held: ReadonlyMap<string, StoredSession>,
): ReadonlyMap<string, StoredSession> {
  const changes = new Map<string, StoredSession>()
  for (const { roomId, sessionId } of addresses) {
    const address = { roomId, sessionId }
    const key = addressKey(address)
    const session = decide(changes.get(key) ?? held.get(key) ?? null, address)
    if (session !== null) changes.set(key, session)
  }
  return changes
}
