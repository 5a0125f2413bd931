/** A key on its way into a store, and what becomes of it. */
import type { MegolmSession, MergeOutcome, Provenance } from '@roomkeys/megolm'
import type { BackedUpSessionData } from '@roomkeys/types'
import { EntryError } from '../errors.ts'
import type { SessionAddress } from '../ports/room-keys-api.ts'
import { sessionUnder } from '../session-key.ts'

const REASONS = ['unsupported_session', 'malformed_session_key', 'session_id_mismatch'] as const

/** A session that was read somewhere. */
export interface IncomingKey extends SessionAddress {
  /** The session record, unknown members included. */
  readonly session: BackedUpSessionData
  readonly provenance: Provenance
}

/** Why a key is no session. */
export type InvalidReason = (typeof REASONS)[number]

/** A key that was compared with what the store holds. */
export interface MergedKey extends SessionAddress {
  /**
   * As `mergeCandidate` names it; `improved` also when only the record gained members. What is
   * `unchanged` or `refused` changed no copy.
   */
  readonly outcome: MergeOutcome
}

/** A key that is no session; it costs no other. */
export interface InvalidKey extends SessionAddress {
  readonly outcome: 'invalid'
  readonly reason: InvalidReason
  readonly error: EntryError
}

/** What became of a key. */
export type ImportOutcome = MergedKey | InvalidKey

/** A key that is the session that it is to be stored as. */
export interface CheckedKey extends IncomingKey {
  readonly outcome?: never
  readonly megolm: MegolmSession
}

/** Checks that a key is the session of its address: algorithm, session key, session id. */
export function checkKey(key: IncomingKey): CheckedKey | InvalidKey {
  const { roomId, sessionId, session } = key
  try {
    return { ...key, megolm: sessionUnder(sessionId, session) }
  } catch (error) {
    const reason = error instanceof EntryError && REASONS.find((one) => one === error.reason)
    if (!reason) throw error
    return { roomId, sessionId, outcome: 'invalid', reason, error }
  }
}
