/**
 * The session-export format, of backups and export files: no signature, so nothing in it says who
 * made it.
 *
 * 0x01, index (4 bytes, big-endian), ratchet (128), Ed25519 public key (32); unpadded base64.
 *
 * @see https://gitlab.matrix.org/matrix-org/olm/blob/master/docs/megolm.md#session-export-format
 */
import { encodeBase64 } from '@roomkeys/crypto/base64'
import { decodeLayout, type Layout, readSession, SESSION_LENGTH, writeSession } from './layout.ts'
import type { MegolmSession } from './session.ts'

const LAYOUT: Layout = { version: 1, length: SESSION_LENGTH }

/**
 * Reads a session key in the session-export format.
 *
 * @throws MegolmError
 */
export function parseSessionExport(text: string): MegolmSession {
  return readSession(decodeLayout(text, LAYOUT))
}

/** Writes a session in the session-export format. */
export function serialiseSessionExport(session: MegolmSession): string {
  return encodeBase64(writeSession(LAYOUT.version, session))
}
