/** Reading the fields of `session_data`: the shape, and bytes in base64. */
import { decodeBase64 } from '@roomkeys/crypto/base64'
import { type Bytes, CryptoError } from '@roomkeys/crypto/bytes'
import { parseWire, WireShapeError, type WireSchema } from '@roomkeys/types'
import { EntryError } from '../errors.ts'

function malformed(why: string, cause?: unknown): EntryError {
  return new EntryError('malformed_session_data', why, { cause })
}

/**
 * Checks the shape of `session_data` in place.
 *
 * @throws EntryError `malformed_session_data`
 */
export function parseShape<T>(schema: WireSchema<T>, value: unknown): T {
  try {
    return parseWire(schema, value, 'session_data')
  } catch (cause) {
    if (!(cause instanceof WireShapeError)) throw cause
    throw malformed(cause.message, cause)
  }
}

/** A field of `session_data`, and how many bytes it has to hold. */
export interface Field {
  readonly name: string
  readonly length?: number
}

/**
 * Decodes a field.
 *
 * @throws EntryError `malformed_session_data`
 */
export function decodeField(text: string, { name, length }: Field): Bytes {
  const bytes = decodeText(text, name)
  if (length === undefined || bytes.length === length) return bytes
  throw malformed(`${name} has ${bytes.length} bytes, where ${length} are expected`)
}

function decodeText(text: string, name: string): Bytes {
  try {
    return decodeBase64(text)
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause
    throw malformed(`${name} is not base64: ${cause.message}`, cause)
  }
}
