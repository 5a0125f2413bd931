/** What cases upload. */
import type { JsonObject } from '@roomkeys/types'

/** The algorithm that the specification names. */
export const ALGORITHM = 'm.megolm_backup.v1.curve25519-aes-sha2'

/** Verified, first message index, forwarded count: the order in which a server compares. */
export type Rank = readonly [verified: boolean, firstMessageIndex: number, forwardedCount: number]

/** `auth_data` as clients send it; the label tells two of them apart. */
export function authDataOf(label = 'first'): JsonObject {
  return {
    public_key: 'hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo',
    signatures: { '@alice:example.org': { 'ed25519:DEVICE': `signature of ${label}` } },
  }
}

/** A key as clients upload it; the label tells two of them apart. */
export function keyOf(
  [is_verified, first_message_index, forwarded_count]: Rank = [false, 1, 0],
  label = 'key',
): JsonObject {
  const session_data = { ephemeral: `ephemeral of ${label}`, ciphertext: label, mac: 'mac' }
  return { first_message_index, forwarded_count, is_verified, session_data }
}

/** An object with the given own members, whatever their names. */
export function objectFrom(entries: Iterable<readonly [string, unknown]>): JsonObject {
  return Object.fromEntries(entries)
}

/** The body of an upload to one room. */
export function sessionsOf(entries: Iterable<readonly [string, unknown]>): JsonObject {
  return { sessions: objectFrom(entries) }
}

/** The body of an upload of one key to all rooms. */
export function roomsOf(roomId: string, entries: Iterable<readonly [string, unknown]>): JsonObject {
  return { rooms: objectFrom([[roomId, sessionsOf(entries)]]) }
}
