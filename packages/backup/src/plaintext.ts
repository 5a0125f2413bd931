/** The plaintext of an entry: the JSON of a session record. */
import { type Bytes, CryptoError, fromUtf8, utf8 } from '@roomkeys/crypto/bytes'
import {
  type BackedUpSessionData,
  backedUpSessionDataSchema,
  type JsonObject,
  parseWire,
  repairSession,
  type SessionNote,
  WireShapeError,
} from '@roomkeys/types'
import { EntryError } from './errors.ts'

/** A session record with what was put right in it. */
export interface ParsedPlaintext {
  readonly session: BackedUpSessionData
  readonly notes: readonly SessionNote[]
}

function malformed(why: string, options?: ErrorOptions): EntryError {
  return new EntryError('malformed_plaintext', `The entry holds no session: ${why}`, options)
}

function parseJson(plaintext: Bytes): unknown {
  try {
    return JSON.parse(fromUtf8(plaintext))
  } catch (cause) {
    if (cause instanceof CryptoError) throw malformed(cause.message, { cause })
    // The cause is dropped on purpose: JSON.parse quotes what it read, and that is a room key.
    throw malformed('it is not JSON')
  }
}

/**
 * Reads a plaintext, leniently: known departures are put right and noted.
 *
 * @throws EntryError `malformed_plaintext`
 */
export function parsePlaintext(plaintext: Bytes): ParsedPlaintext {
  const { value, notes } = repairSession(parseJson(plaintext))
  try {
    return { session: parseWire(backedUpSessionDataSchema, value, 'the session'), notes }
  } catch (cause) {
    if (!(cause instanceof WireShapeError)) throw cause
    throw malformed(cause.message, { cause })
  }
}

/**
 * Writes a plaintext, strictly; unknown keys are kept. Room id and session id stay outside.
 *
 * @throws WireShapeError when the session lacks a field
 * @throws EntryError `malformed_plaintext` when an unknown member is no JSON
 */
export function serialisePlaintext(session: BackedUpSessionData): Bytes {
  const record = parseWire(backedUpSessionDataSchema, session, 'the session')
  const inside = Object.entries(record).filter(([key]) => key !== 'room_id' && key !== 'session_id')
  return utf8(toJson(Object.fromEntries(inside)))
}

function toJson(record: JsonObject): string {
  try {
    return JSON.stringify(record)
  } catch {
    // The cause is dropped on purpose: what JSON.stringify says comes from the record.
    throw malformed('it cannot be written as JSON')
  }
}
