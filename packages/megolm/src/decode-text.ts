/** What all formats of Megolm share: base64, and a version in the first byte. */
import { decodeBase64 } from '@roomkeys/crypto/base64'
import { type Bytes, CryptoError } from '@roomkeys/crypto/bytes'
import { MegolmError } from './errors.ts'

/** A format: how errors name it, and its version byte. */
export interface Format {
  readonly what: 'message' | 'session key'
  readonly version: number
}

/**
 * Decodes base64 and checks the version byte.
 *
 * @throws MegolmError `bad_base64` or `unsupported_version`
 */
export function decodeText(text: string, { what, version }: Format): Bytes {
  const bytes = fromBase64(text, what)
  if (bytes[0] === version) return bytes
  throw new MegolmError(
    'unsupported_version',
    `The ${what} has version ${bytes[0] ?? 'none'}, where ${version} is expected`,
  )
}

function fromBase64(text: string, what: string): Bytes {
  try {
    return decodeBase64(text)
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause
    throw new MegolmError('bad_base64', `The ${what} is not base64: ${cause.message}`, { cause })
  }
}
