/**
 * Where a client keeps its room keys, as the protocol sees it.
 *
 * A store knows nothing of cryptography: what becomes of two copies is decided by a function that is
 * passed in and runs inside the store's transaction.
 */
import type { Origin } from '@roomkeys/megolm'
import type { BackedUpSessionData, BackupVersion, RoomId } from '@roomkeys/types'
import type { SessionAddress } from './room-keys-api.ts'

/** One copy of a session. */
export interface StoredCopy {
  /** The session record, unknown members included. */
  readonly session: BackedUpSessionData
  /** From which index on which origin vouches for it; the first one is where the copy begins. */
  readonly origins: readonly Origin[]
}

/** What a version of the backup knows of a session. */
export interface UploadMark {
  readonly version: BackupVersion
  /** The revision that the server has, or has refused. */
  readonly revision: number
  /** `refused`: the server will never take it; the others must not wait for it. */
  readonly state: 'stored' | 'refused'
}

/** A session with its copies: one as a rule, several when they conflict and nothing decides. */
export interface StoredSession extends SessionAddress {
  /** Best origin first; never empty. */
  readonly copies: readonly StoredCopy[]
  /** Counts the changes of the copies, from 1. */
  readonly revision: number
  /** The latest mark; it settles its own version and revision, and no others. */
  readonly upload: UploadMark | null
}

/**
 * Decides what is kept for one address: the session to write, or `null` to leave what is there. Pure
 * and synchronous; a store may call it again when its transaction is retried.
 */
export type UpdateDecision = (
  held: StoredSession | null,
  address: SessionAddress,
) => StoredSession | null

/** How many sessions a store holds. */
export interface StoreCounts {
  readonly total: number
  /** Those that the version does not have in their present revision. */
  readonly pending: number
}

/** A store of room keys. Every implementation passes the suite in `@roomkeys/backup/store-suite`. */
export interface RoomKeyStore {
  /**
   * Addresses that `update` takes best at a time, 64 when absent. More spare transactions, fewer spare
   * memory.
   */
  readonly transactionSize?: number
  readonly get: (address: SessionAddress) => Promise<StoredSession | null>
  /**
   * Reads, decides and writes for all addresses in one transaction: whole or not at all, and no other
   * update in between. An address that comes twice sees its own earlier decision.
   */
  readonly update: (addresses: readonly SessionAddress[], decide: UpdateDecision) => Promise<void>
  /** Up to `limit` sessions whose present revision the version neither has nor has refused. */
  readonly pending: (version: BackupVersion, limit: number) => Promise<readonly StoredSession[]>
  readonly counts: (version: BackupVersion) => Promise<StoreCounts>
  /**
   * Every session, or those of a room, in a stable order; one that is changed meanwhile comes in its
   * old or its new form, never twice and never not at all.
   */
  readonly sessions: (roomId?: RoomId) => AsyncIterable<StoredSession>
}
