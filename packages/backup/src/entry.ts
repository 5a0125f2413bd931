/** Entries of a backup, and what becomes of each. */
import {
  type ExportedSessionData,
  type RoomId,
  roomId,
  type RoomKeysAnswer,
  type SessionId,
  sessionId,
  type SessionNote,
} from '@roomkeys/types'
import type { BackupMacFact, MacKind } from './algorithm.ts'
import type { EntryError, FailureReason } from './errors.ts'
import type { Unauthenticated } from './unauthenticated.ts'

/** One entry as the server gave it. */
export interface BackupEntry {
  readonly roomId: RoomId
  readonly sessionId: SessionId
  /** `KeyBackupData`, if the server kept to the specification. */
  readonly data: unknown
}

/** What a reader should know about an entry that was opened. */
export type EntryNote =
  | SessionNote
  /** The metadata in the clear is missing or of the wrong types. */
  | 'metadata_malformed'
  /** The metadata in the clear names another first message index than the session has. */
  | 'first_message_index_differs'

/** An entry that was opened, and whose session is the one it is stored under. */
export interface OpenedEntry {
  readonly status: 'opened'
  readonly roomId: RoomId
  readonly sessionId: SessionId
  /** The session, ready for an export file. Nothing proves the room id: the server says it. */
  readonly session: ExportedSessionData
  /** Index of the first message that the session decrypts. */
  readonly firstMessageIndex: number
  /** Which MAC was verified. */
  readonly mac: MacKind
  /** What is known of the `backup_mac`: `valid` in every entry of a v2 backup. */
  readonly backupMac: BackupMacFact
  /**
   * What the record says of its own origin; `null` when it claims to be authenticated, which is worth
   * nothing without a valid `backup_mac`. `provenanceOf` weighs both.
   */
  readonly unauthenticated: Unauthenticated | null
  readonly notes: readonly EntryNote[]
}

/** An entry that could not be opened. */
export interface FailedEntry {
  readonly status: 'failed'
  readonly roomId: RoomId
  readonly sessionId: SessionId
  readonly reason: FailureReason
  readonly error: EntryError
}

/** What became of an entry. */
export type EntryOutcome = OpenedEntry | FailedEntry

/** The entries of an answer, one by one; every own key counts, `__proto__` among them. */
export function* entriesOf(answer: RoomKeysAnswer): Generator<BackupEntry> {
  for (const [room, { sessions }] of Object.entries(answer.rooms))
    for (const [session, data] of Object.entries(sessions))
      yield { roomId: roomId(room), sessionId: sessionId(session), data }
}
