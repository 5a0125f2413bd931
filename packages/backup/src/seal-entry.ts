/** Sealing one session: from a record to what the server stores. */
import type { SecretBytes } from '@roomkeys/crypto/secret'
import type { Agreement } from '@roomkeys/crypto/x25519'
import {
  type BackedUpSessionData,
  backedUpSessionDataSchema,
  type KeyBackupData,
  keyBackupDataSchema,
  parseWire,
  type RoomId,
  type SessionId,
  WireShapeError,
  type WireSchema,
} from '@roomkeys/types'
import type { BackupAlgorithm } from './algorithm.ts'
import type { FailedEntry } from './entry.ts'
import { EntryError, type FailureReason } from './errors.ts'
import { sessionUnder } from './session-key.ts'
import { settle } from './settle.ts'
import type { Unauthenticated } from './unauthenticated.ts'

/** A session to seal, with what the server is told about it in the clear. */
export interface SessionToSeal {
  readonly roomId: RoomId
  readonly sessionId: SessionId
  /** The record; unknown members are kept, room id and session id left out. */
  readonly session: BackedUpSessionData
  /** Whether the key came from a device that was verified. */
  readonly isVerified: boolean
  /** How many times the key was forwarded. */
  readonly forwardedCount: number
  /** `null`: authenticated, whatever the record says. Absent: what the record says stays. */
  readonly unauthenticated?: Unauthenticated | null
}

/** A session that was sealed, ready to be uploaded. */
export interface SealedEntry {
  readonly status: 'sealed'
  readonly roomId: RoomId
  readonly sessionId: SessionId
  readonly data: KeyBackupData
}

/** What became of a session. */
export type SealOutcome = SealedEntry | FailedEntry

/** How sessions are sealed. */
export interface SealContext {
  readonly algorithm: BackupAlgorithm
  readonly macKey: SecretBytes | null
}

interface Expected<T> {
  readonly schema: WireSchema<T>
  readonly reason: FailureReason
}

function parsed<T>(value: unknown, { schema, reason }: Expected<T>): T {
  try {
    return parseWire(schema, value, 'the session')
  } catch (cause) {
    if (!(cause instanceof WireShapeError)) throw cause
    throw new EntryError(reason, cause.message, { cause })
  }
}

const RECORD: Expected<BackedUpSessionData> = {
  schema: backedUpSessionDataSchema,
  reason: 'malformed_plaintext',
}

const DATA: Expected<KeyBackupData> = { schema: keyBackupDataSchema, reason: 'malformed_entry' }

/** Seals a session with an agreement of its own. */
export function sealEntry(
  input: SessionToSeal,
  agreement: Agreement,
  { algorithm, macKey }: SealContext,
): SealOutcome {
  return settle(input, () => {
    const { roomId, sessionId, unauthenticated } = input
    const session = parsed(input.session, RECORD)
    const { index } = sessionUnder(sessionId, session)
    const marking = unauthenticated === undefined ? {} : { unauthenticated }
    const session_data = algorithm.encrypt(session, { ...agreement, macKey, ...marking })
    const metadata = {
      first_message_index: index,
      forwarded_count: input.forwardedCount,
      is_verified: input.isVerified,
    }
    return {
      status: 'sealed',
      roomId,
      sessionId,
      data: parsed({ ...metadata, session_data }, DATA),
    }
  })
}
