/**
 * A Megolm session at one message index: what its holder can decrypt from there on.
 *
 * @see https://gitlab.matrix.org/matrix-org/olm/blob/master/docs/megolm.md
 */
import { encodeBase64 } from '@roomkeys/crypto/base64'
import type { Bytes } from '@roomkeys/crypto/bytes'
import type { SecretBytes } from '@roomkeys/crypto/secret'

/** A session: the ratchet at an index, and the key that its messages are signed with. */
export interface MegolmSession {
  /** Index of the first message that this copy decrypts, 0 to 2^32 − 1. */
  readonly index: number
  /** R0 to R3, 128 bytes. */
  readonly ratchet: SecretBytes
  /** Ed25519 public key, 32 bytes; the session id is its text. */
  readonly publicKey: Bytes
}

/** A session as its readers hold it: a value, which decrypting never changes. */
export type InboundSession = MegolmSession

/** The session id: the unpadded base64 of the session's public key. */
export function sessionIdOf(session: MegolmSession): string {
  return encodeBase64(session.publicKey)
}
