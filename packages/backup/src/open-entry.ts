/** Opening one entry: from what the server sent to a session that is what it claims to be. */
import type { Bytes } from '@roomkeys/crypto/bytes'
import { MegolmError, type MegolmSession, parseSessionExport, sessionIdOf } from '@roomkeys/megolm'
import { type BackedUpSessionData, isJsonObject, MEGOLM_V1 } from '@roomkeys/types'
import type { BackupAlgorithm, EncryptedSession, MacPolicy } from './algorithm.ts'
import type { BackupEntry, EntryNote, FailedEntry, OpenedEntry } from './entry.ts'
import { EntryError } from './errors.ts'
import { parsePlaintext } from './plaintext.ts'

/** An entry whose `session_data` is decoded. */
export interface DecodedEntry {
  readonly status: 'decoded'
  readonly entry: BackupEntry
  readonly encrypted: EncryptedSession
}

/** How entries are opened. */
export interface OpenContext {
  readonly algorithm: BackupAlgorithm
  readonly macPolicy: MacPolicy
}

function failed({ roomId, sessionId }: BackupEntry, error: EntryError): FailedEntry {
  return { status: 'failed', roomId, sessionId, reason: error.reason, error }
}

/** Turns an error of one entry into its outcome; any other error is ours and goes on. */
function settle<T>(entry: BackupEntry, open: () => T): T | FailedEntry {
  try {
    return open()
  } catch (error) {
    if (error instanceof EntryError) return failed(entry, error)
    throw error
  }
}

/** Decodes an entry as far as that needs no key. */
export function decodeEntry(
  entry: BackupEntry,
  algorithm: BackupAlgorithm,
): DecodedEntry | FailedEntry {
  return settle(entry, () => {
    if (!isJsonObject(entry.data) || entry.data['session_data'] === undefined)
      throw new EntryError('malformed_entry', 'The entry has no session_data')
    const encrypted = algorithm.parseSessionData(entry.data['session_data'])
    return { status: 'decoded', entry, encrypted }
  })
}

function parseSessionKey(session: BackedUpSessionData): MegolmSession {
  if (session.algorithm !== MEGOLM_V1)
    throw new EntryError('unsupported_session', `The session is not of ${MEGOLM_V1}`)
  try {
    return parseSessionExport(session.session_key)
  } catch (cause) {
    if (!(cause instanceof MegolmError)) throw cause
    throw new EntryError('malformed_session_key', cause.message, { cause })
  }
}

/**
 * The session id is the session's public key: an entry that holds another session is a mistake or an
 * attack, and would shut the true key out.
 */
function checkSessionId(entry: BackupEntry, megolm: MegolmSession): void {
  if (sessionIdOf(megolm) !== entry.sessionId)
    throw new EntryError('session_id_mismatch', 'The entry holds the key of another session')
}

/** What the metadata in the clear says against the session; nothing is decided by it. */
function metadataNotes({ data }: BackupEntry, index: number): readonly EntryNote[] {
  const metadata = isJsonObject(data) ? data : {}
  const { first_message_index: claimed, forwarded_count, is_verified } = metadata
  if (![claimed, forwarded_count].every(Number.isSafeInteger) || typeof is_verified !== 'boolean')
    return ['metadata_malformed']
  return claimed === index ? [] : ['first_message_index_differs']
}

/** Opens a decoded entry with its shared secret; `null` is the secret of a low-order key. */
export function openEntry(
  { entry, encrypted }: DecodedEntry,
  sharedSecret: Bytes | null,
  { algorithm, macPolicy }: OpenContext,
): OpenedEntry | FailedEntry {
  return settle(entry, () => {
    if (sharedSecret === null)
      throw new EntryError('weak_ephemeral_key', 'The ephemeral key is of low order')
    const { plaintext, mac } = algorithm.decrypt(encrypted, { sharedSecret, macPolicy })
    const { session, notes } = parsePlaintext(plaintext)
    const megolm = parseSessionKey(session)
    checkSessionId(entry, megolm)
    return opened(entry, { session, megolm, mac, notes })
  })
}

interface Opened extends Pick<OpenedEntry, 'mac' | 'notes'> {
  readonly session: BackedUpSessionData
  readonly megolm: MegolmSession
}

function opened(entry: BackupEntry, { session, megolm, mac, notes }: Opened): OpenedEntry {
  const { roomId, sessionId } = entry
  return {
    status: 'opened',
    roomId,
    sessionId,
    session: { ...session, room_id: roomId, session_id: sessionId },
    firstMessageIndex: megolm.index,
    mac,
    notes: [...notes, ...metadataNotes(entry, megolm.index)],
  }
}
