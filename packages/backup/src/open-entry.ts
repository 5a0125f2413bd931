/** Opening one entry: from what the server sent to a session that is what it claims to be. */
import type { Bytes } from '@roomkeys/crypto/bytes'
import type { MegolmSession } from '@roomkeys/megolm'
import { type BackedUpSessionData, isJsonObject } from '@roomkeys/types'
import type { BackupAlgorithm, BackupMacCheck, EncryptedSession } from './algorithm.ts'
import type { BackupEntry, EntryNote, FailedEntry, OpenedEntry } from './entry.ts'
import { EntryError } from './errors.ts'
import { parsePlaintext } from './plaintext.ts'
import { sessionUnder } from './session-key.ts'
import { settle } from './settle.ts'
import { unauthenticatedOf } from './unauthenticated.ts'

/** An entry whose `session_data` is decoded. */
export interface DecodedEntry {
  readonly status: 'decoded'
  readonly entry: BackupEntry
  readonly encrypted: EncryptedSession
}

/** How entries are opened. */
export interface OpenContext extends BackupMacCheck {
  readonly algorithm: BackupAlgorithm
}

/** Checks and decodes an entry as far as that needs no shared secret. */
export function decodeEntry(entry: BackupEntry, context: OpenContext): DecodedEntry | FailedEntry {
  return settle(entry, () => {
    const { data } = entry
    const sessionData =
      isJsonObject(data) && Object.hasOwn(data, 'session_data') ? data['session_data'] : undefined
    if (sessionData === undefined)
      throw new EntryError('malformed_entry', 'The entry has no session_data')
    const encrypted = context.algorithm.parseSessionData(sessionData, context)
    return { status: 'decoded', entry, encrypted }
  })
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
    const megolm = sessionUnder(entry.sessionId, session)
    return opened(entry, { session, megolm, mac, backupMac: encrypted.backupMac, notes })
  })
}

interface Opened extends Pick<OpenedEntry, 'mac' | 'backupMac' | 'notes'> {
  readonly session: BackedUpSessionData
  readonly megolm: MegolmSession
}

function opened(
  entry: BackupEntry,
  { session, megolm, mac, backupMac, notes }: Opened,
): OpenedEntry {
  const { roomId, sessionId } = entry
  return {
    status: 'opened',
    roomId,
    sessionId,
    session: { ...session, room_id: roomId, session_id: sessionId },
    firstMessageIndex: megolm.index,
    mac,
    backupMac,
    unauthenticated: unauthenticatedOf(session),
    notes: [...notes, ...metadataNotes(entry, megolm.index)],
  }
}
