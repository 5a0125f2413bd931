/**
 * The session-sharing format, of `m.room_key` events: signed with the session's own key, so only
 * the maker of the session can have written it.
 *
 * 0x02, index (4 bytes, big-endian), ratchet (128), Ed25519 public key (32), signature of all before
 * it (64); unpadded base64.
 *
 * @see https://gitlab.matrix.org/matrix-org/olm/blob/master/docs/megolm.md#session-sharing-format
 */
import { encodeBase64 } from '@roomkeys/crypto/base64'
import { type Bytes, concatBytes } from '@roomkeys/crypto/bytes'
import { ED25519_SIGNATURE_LENGTH, ed25519Sign, ed25519Verify } from '@roomkeys/crypto/ed25519'
import { MegolmError } from './errors.ts'
import { decodeLayout, type Layout, readSession, SESSION_LENGTH, writeSession } from './layout.ts'
import type { MegolmSession } from './session.ts'

const LAYOUT: Layout = { version: 2, length: SESSION_LENGTH + ED25519_SIGNATURE_LENGTH }

/** A session as its maker shared it. */
export interface SharedMegolmSession extends MegolmSession {
  /** Ed25519 signature by the session's own key, 64 bytes. */
  readonly signature: Bytes
}

/**
 * Reads a session key in the session-sharing format and checks its signature.
 *
 * @throws MegolmError; `signature_mismatch` when the session's own key did not sign it
 */
export function parseSessionSharing(text: string): SharedMegolmSession {
  const bytes = decodeLayout(text, LAYOUT)
  const session = readSession(bytes)
  const signature = bytes.slice(SESSION_LENGTH)
  const message = bytes.subarray(0, SESSION_LENGTH)
  if (!ed25519Verify({ publicKey: session.publicKey, message, signature }))
    throw new MegolmError('signature_mismatch', 'The session key is not signed by its own key')
  return { ...session, signature }
}

/** Signs a session with the seed of its own key, 32 bytes. */
export function signSession(session: MegolmSession, seed: Uint8Array): SharedMegolmSession {
  return { ...session, signature: ed25519Sign(seed, writeSession(LAYOUT.version, session)) }
}

/** Writes a signed session in the session-sharing format. */
export function serialiseSessionSharing(session: SharedMegolmSession): string {
  return encodeBase64(concatBytes(writeSession(LAYOUT.version, session), session.signature))
}
