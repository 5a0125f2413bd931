/** `session_data` of v1, decoded and encoded. */
import { decodeBase64, encodeBase64 } from '@roomkeys/crypto/base64'
import { type Bytes, CryptoError } from '@roomkeys/crypto/bytes'
import { X25519_KEY_LENGTH } from '@roomkeys/crypto/x25519'
import { parseWire, type SessionDataV1, sessionDataV1Schema, WireShapeError } from '@roomkeys/types'
import type { EncryptedSession } from '../algorithm.ts'
import { EntryError } from '../errors.ts'
import { MAC_LENGTH } from './mac.ts'

function malformed(why: string, cause?: unknown): EntryError {
  return new EntryError('malformed_session_data', why, { cause })
}

function parseShape(value: unknown): SessionDataV1 {
  try {
    return parseWire(sessionDataV1Schema, value, 'session_data')
  } catch (cause) {
    if (!(cause instanceof WireShapeError)) throw cause
    throw malformed(cause.message, cause)
  }
}

function decodeField(data: SessionDataV1, field: 'ephemeral' | 'ciphertext' | 'mac'): Bytes {
  try {
    return decodeBase64(data[field])
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause
    throw malformed(`${field} is not base64: ${cause.message}`, cause)
  }
}

function decodeExactly(data: SessionDataV1, field: 'ephemeral' | 'mac', length: number): Bytes {
  const bytes = decodeField(data, field)
  if (bytes.length === length) return bytes
  throw malformed(`${field} has ${bytes.length} bytes, where ${length} are expected`)
}

/**
 * Decodes `session_data`.
 *
 * @throws EntryError `malformed_session_data`
 */
export function parseSessionData(value: unknown): EncryptedSession {
  const data = parseShape(value)
  return {
    ephemeral: decodeExactly(data, 'ephemeral', X25519_KEY_LENGTH),
    ciphertext: decodeField(data, 'ciphertext'),
    mac: decodeExactly(data, 'mac', MAC_LENGTH),
  }
}

/** Encodes `session_data`. */
export function serialiseSessionData({
  ephemeral,
  ciphertext,
  mac,
}: EncryptedSession): SessionDataV1 {
  return {
    ephemeral: encodeBase64(ephemeral),
    ciphertext: encodeBase64(ciphertext),
    mac: encodeBase64(mac),
  }
}
