/** Places with room keys, read alike: a live backup, a dump of one, a store, an export file. */
import type { StoredCopy } from '../ports/room-key-store.ts'
import type { ApiCallOptions, SessionAddress } from '../ports/room-keys-api.ts'
import type { EntryError, FailureReason } from '../errors.ts'

/** A session of a source. */
export interface SourceSession extends SessionAddress {
  readonly status: 'session'
  /** Best origin first; several when they conflict and nothing decides. Never empty. */
  readonly copies: readonly StoredCopy[]
}

/** Something in a source that is no session of its address; it costs no other. */
export interface SourceFailure extends SessionAddress {
  readonly status: 'invalid'
  readonly reason: FailureReason
  readonly error: EntryError
}

/** What a source has under an address. */
export type SourceItem = SourceSession | SourceFailure

/** A place with room keys. */
export interface KeySource {
  /** For people: `this device`, a file's name. */
  readonly name: string
  /**
   * Whether the source can take a better origin for a key that it has. A store can; a backup keeps the
   * copy that it has, and a file is as it is.
   */
  readonly origins: 'kept' | 'fixed'
  /**
   * Everything, as it comes; an address may come several times. Rejects with what reading the source
   * rejects with, and with the signal's reason. A source over a stream can be read once.
   */
  readonly sessions: (options?: ApiCallOptions) => AsyncIterable<SourceItem>
  /** What is under one address, or `null`; absent where that would take reading everything. */
  readonly get?: (address: SessionAddress, options?: ApiCallOptions) => Promise<SourceItem | null>
}
