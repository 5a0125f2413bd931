/**
 * Which of two copies of a key a server keeps.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3room_keyskeysroomidsessionid
 */
import type { KeyMetadata } from './key-backup-data.ts'

/**
 * Orders two copies of a key: negative when `a` is better, positive when `b` is, 0 for a tie.
 *
 * Strictly in this order: verified first, then the lower first message index, then the lower
 * forwarded count. A later criterion never outweighs an earlier one.
 */
export function compareKeys(a: KeyMetadata, b: KeyMetadata): number {
  return (
    Number(b.is_verified) - Number(a.is_verified) ||
    a.first_message_index - b.first_message_index ||
    a.forwarded_count - b.forwarded_count
  )
}

/** Whether an incoming key replaces the stored one; a tie keeps what is stored. */
export function replaces(incoming: KeyMetadata, stored: KeyMetadata): boolean {
  return compareKeys(incoming, stored) < 0
}
