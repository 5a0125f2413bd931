/** What a session must be, on the way into a bundle and out of it. */
import { isEd25519PublicKey } from '@roomkeys/crypto/ed25519'
import { MegolmError, type MegolmSession, parseSessionExport, sessionIdOf } from '@roomkeys/megolm'
import { MEGOLM_V1, parseWire, WireShapeError, type WireSchema } from '@roomkeys/types'
import { BundleEntryError } from './errors.ts'

/** What both kinds of record say about their session. */
export interface EntryRecord {
  readonly algorithm: string
  readonly room_id: string
  readonly session_id: string
  readonly session_key: string
}

/**
 * Parses an entry.
 *
 * @throws BundleEntryError `malformed_entry`
 */
export function parseEntry<T>(schema: WireSchema<T>, value: unknown): T {
  try {
    return parseWire(schema, value, 'the entry')
  } catch (cause) {
    if (!(cause instanceof WireShapeError)) throw cause
    throw new BundleEntryError('malformed_entry', cause.message, { cause })
  }
}

/**
 * Checks that an entry is of the room that the bundle is for.
 *
 * @throws BundleEntryError `wrong_room`
 */
export function assertRoom({ room_id }: Pick<EntryRecord, 'room_id'>, roomId: string): void {
  if (room_id !== roomId)
    throw new BundleEntryError('wrong_room', 'The entry belongs to another room')
}

function parseKey(record: EntryRecord): MegolmSession {
  try {
    return parseSessionExport(record.session_key)
  } catch (cause) {
    if (!(cause instanceof MegolmError)) throw cause
    throw new BundleEntryError('malformed_session_key', cause.message, { cause })
  }
}

/**
 * Checks an entry of a room.
 *
 * @returns the first message index of its session
 * @throws BundleEntryError
 */
export function checkEntry(record: EntryRecord, roomId: string): number {
  assertRoom(record, roomId)
  if (record.algorithm !== MEGOLM_V1)
    throw new BundleEntryError('unsupported_session', `The session is not of ${MEGOLM_V1}`)
  const session = parseKey(record)
  const { index, publicKey } = session
  const matches = sessionIdOf(session) === record.session_id
  session.ratchet.destroy()
  if (!isEd25519PublicKey(publicKey))
    throw new BundleEntryError('malformed_session_key', "The session's public key is no point")
  if (matches) return index
  throw new BundleEntryError('session_id_mismatch', 'The entry holds the key of another session')
}

/** An entry that cannot be used. */
export interface FailedEntry {
  readonly status: 'failed'
  /** Place in the list that it is of, from 0. */
  readonly position: number
  readonly reason: BundleEntryError['reason']
  readonly error: BundleEntryError
}

/** Turns an error of one entry into its outcome; any other error is ours and goes on. */
export function settle<T>(position: number, run: () => T): T | FailedEntry {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof BundleEntryError)) throw error
    return { status: 'failed', position, reason: error.reason, error }
  }
}
