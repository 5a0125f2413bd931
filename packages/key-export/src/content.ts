/** What a key export holds: a JSON array of sessions. */
import { type Bytes, fromUtf8 } from '@roomkeys/crypto/bytes'
import {
  exportedSessionDataSchema,
  type ExportedSessionData,
  parseWire,
  repairSession,
  type SessionNote,
  WireShapeError,
} from '@roomkeys/types'
import { KeyExportError } from './errors.ts'

/** A session of the file. */
export interface KeyExportEntry {
  /** Place in the file, from 0. */
  readonly position: number
  readonly session: ExportedSessionData
  /** Departures from the specification that were put right. */
  readonly notes: readonly SessionNote[]
}

/** An entry of the file that is no session. */
export interface MalformedEntry {
  /** Place in the file, from 0. */
  readonly position: number
  readonly error: WireShapeError
}

/** Everything in the file: each entry is in one of the two lists. */
export interface KeyExport {
  readonly entries: readonly KeyExportEntry[]
  readonly malformed: readonly MalformedEntry[]
}

/** What is thrown for content that is no JSON array. */
export function malformedContent(): KeyExportError {
  return new KeyExportError('malformed_content', 'The file does not hold a JSON array of sessions')
}

/**
 * Reads JSON.
 *
 * @throws KeyExportError `malformed_content`
 */
export function parseJson(plaintext: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(plaintext))
  } catch {
    // The cause is dropped on purpose: JSON.parse quotes what it read, and that is room keys.
    throw malformedContent()
  }
}

function parseArray(plaintext: Bytes): readonly unknown[] {
  const content = parseJson(plaintext)
  if (!Array.isArray(content)) throw malformedContent()
  return content
}

/** Reads an entry: its known departures are put right, and what is no session is said to be none. */
export function parseEntry(value: unknown, position: number): KeyExportEntry | MalformedEntry {
  const repaired = repairSession(value)
  try {
    const session = parseWire(exportedSessionDataSchema, repaired.value, `entry ${position}`)
    return { position, session, notes: repaired.notes }
  } catch (error) {
    if (error instanceof WireShapeError) return { position, error }
    throw error
  }
}

/**
 * Reads the plaintext of a key export.
 *
 * @throws KeyExportError `malformed_content` when it is no JSON array; a damaged entry is listed and
 * costs no other
 */
export function parseContent(plaintext: Bytes): KeyExport {
  const parsed = parseArray(plaintext).map(parseEntry)
  return {
    entries: parsed.filter((entry) => 'session' in entry),
    malformed: parsed.filter((entry) => 'error' in entry),
  }
}
