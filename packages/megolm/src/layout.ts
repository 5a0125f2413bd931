/** What both formats of a session key share: version, index, ratchet, public key. */
import { type Bytes, concatBytes } from '@roomkeys/crypto/bytes'
import { SecretBytes } from '@roomkeys/crypto/secret'
import { decodeText } from './decode-text.ts'
import { MegolmError } from './errors.ts'
import { RATCHET_LENGTH } from './ratchet.ts'
import type { MegolmSession } from './session.ts'

const RATCHET_OFFSET = 1 + 4
const PUBLIC_KEY_OFFSET = RATCHET_OFFSET + RATCHET_LENGTH
/** Length of the shared part, in bytes. */
export const SESSION_LENGTH: number = PUBLIC_KEY_OFFSET + 32

/** A format of a session key: its version byte, and its length in bytes. */
export interface Layout {
  readonly version: number
  readonly length: number
}

/**
 * The bytes of a session key, its version and length checked.
 *
 * @throws MegolmError `bad_base64`, `unsupported_version` or `bad_length`
 */
export function decodeLayout(text: string, { version, length }: Layout): Bytes {
  const bytes = decodeText(text, { what: 'session key', version })
  if (bytes.length !== length)
    throw new MegolmError(
      'bad_length',
      `The session key has ${bytes.length} bytes, where ${length} are expected`,
    )
  return bytes
}

/** Reads the shared part, and takes the bytes over. */
export function readSession(bytes: Bytes): MegolmSession {
  return {
    index: new DataView(bytes.buffer).getUint32(1),
    ratchet: SecretBytes.takeOver(bytes.subarray(RATCHET_OFFSET, PUBLIC_KEY_OFFSET)),
    publicKey: bytes.slice(PUBLIC_KEY_OFFSET, SESSION_LENGTH),
  }
}

/** Writes the shared part. */
export function writeSession(version: number, session: MegolmSession): Bytes {
  const head = new Uint8Array(RATCHET_OFFSET)
  head[0] = version
  new DataView(head.buffer).setUint32(1, session.index)
  return concatBytes(head, session.ratchet.expose(), session.publicKey)
}
