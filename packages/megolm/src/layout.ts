/** What both formats of a session key share: version, index, ratchet, public key. */
import { decodeBase64 } from '@roomkeys/crypto/base64'
import { type Bytes, concatBytes, CryptoError } from '@roomkeys/crypto/bytes'
import { SecretBytes } from '@roomkeys/crypto/secret'
import { MegolmError } from './errors.ts'
import type { MegolmSession } from './session.ts'

const RATCHET_OFFSET = 1 + 4
const PUBLIC_KEY_OFFSET = RATCHET_OFFSET + 128
/** Length of the shared part, in bytes. */
export const SESSION_LENGTH: number = PUBLIC_KEY_OFFSET + 32

/** A format of a session key: its version byte, and its length in bytes. */
export interface Layout {
  readonly version: number
  readonly length: number
}

function decode(text: string): Bytes {
  try {
    return decodeBase64(text)
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause
    throw new MegolmError('bad_base64', `The session key is not base64: ${cause.message}`, {
      cause,
    })
  }
}

/**
 * The bytes of a session key, its version and length checked.
 *
 * @throws MegolmError `bad_base64`, `unsupported_version` or `bad_length`
 */
export function decodeLayout(text: string, { version, length }: Layout): Bytes {
  const bytes = decode(text)
  if (bytes[0] !== version)
    throw new MegolmError(
      'unsupported_version',
      `The session key has version ${bytes[0] ?? 'none'}, where ${version} is expected`,
    )
  if (bytes.length !== length)
    throw new MegolmError(
      'bad_length',
      `The session key has ${bytes.length} bytes, where ${length} are expected`,
    )
  return bytes
}

/** Reads the shared part. */
export function readSession(bytes: Bytes): MegolmSession {
  return {
    index: new DataView(bytes.buffer).getUint32(1),
    ratchet: new SecretBytes(bytes.subarray(RATCHET_OFFSET, PUBLIC_KEY_OFFSET)),
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
