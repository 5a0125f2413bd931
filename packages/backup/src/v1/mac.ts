/**
 * The MAC of v1, which authenticates nothing.
 *
 * The first implementation computed the MAC over the empty string by mistake. Every client followed,
 * and the specification now says so. It still tells an entry of another key apart, because the MAC
 * key is derived from the shared secret.
 *
 * @see https://github.com/matrix-org/matrix-spec/issues/1712
 */
import { type Bytes, equalBytes } from '@roomkeys/crypto/bytes'
import { hmacSha256 } from '@roomkeys/crypto/hmac'
import type { EncryptedSession, MacKind } from '../algorithm.ts'

/** Length of the truncated MAC, in bytes. A shorter one is refused, not compared. */
export const MAC_LENGTH = 8

const EMPTY = new Uint8Array()

function truncatedMac(macKey: Uint8Array, message: Uint8Array): Bytes {
  return hmacSha256(macKey, message).slice(0, MAC_LENGTH)
}

/** The MAC that is written: over the empty string. */
export function macOverNothing(macKey: Uint8Array): Bytes {
  return truncatedMac(macKey, EMPTY)
}

/** Which MAC an entry carries, or `null` when it carries neither. */
export function macKindOf(
  { ciphertext, mac }: EncryptedSession,
  macKey: Uint8Array,
): MacKind | null {
  if (equalBytes(mac, macOverNothing(macKey))) return 'libolm'
  return equalBytes(mac, truncatedMac(macKey, ciphertext)) ? 'intended' : null
}
