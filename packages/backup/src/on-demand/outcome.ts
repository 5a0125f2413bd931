/** What becomes of a question for a session. */
import type { MergeOutcome } from '@roomkeys/megolm'
import type { EntryError, FailureReason } from '../errors.ts'
import type { ApiError } from '../ports/api-error.ts'

/** Why an address is not asked for again at once. */
export type MissReason =
  | 'not_in_backup'
  /** The entry cannot be opened. */
  | 'undecryptable'
  /** The backup's copy begins after the message. */
  | 'starts_too_late'
  /** The backup's copy conflicts with a better one. */
  | 'refused'
  /** The server refuses the request, or answers nonsense. */
  | 'rejected'

/** Why nothing can be asked. */
export type NoBackupReason =
  /** There is no version with its key in use. */
  | 'no_key'
  /** The version that was in use is not on the server any more. */
  | 'version_gone'

/** What became of a question for a session. */
export type FetchOutcome =
  /** The store decrypts the message, or has a copy if no message was named; nothing was fetched. */
  | { readonly status: 'held'; readonly firstMessageIndex: number }
  /** The store decrypts it now, from `firstMessageIndex` on. */
  | {
      readonly status: 'restored'
      readonly merged: MergeOutcome
      readonly firstMessageIndex: number
    }
  /** The backup's copy was merged, and begins after the message. */
  | {
      readonly status: 'starts_too_late'
      readonly merged: MergeOutcome
      /** Where the backup's copy begins. */
      readonly firstMessageIndex: number
    }
  /** The backup's copy conflicts with a better one, which begins after the message; it is not kept. */
  | { readonly status: 'refused' }
  | { readonly status: 'not_in_backup' }
  /** The backup has an entry, and it cannot be opened. */
  | { readonly status: 'failed'; readonly reason: FailureReason; readonly error: EntryError }
  | { readonly status: 'no_backup'; readonly because: NoBackupReason }
  /** Asked in vain a while ago; `retry` asks all the same. */
  | {
      readonly status: 'backing_off'
      readonly because: MissReason
      readonly retryInMs: number
    }
  /** The server did not answer as it should, several times if that may help. Nothing is remembered. */
  | { readonly status: 'unavailable'; readonly error: ApiError }
  /** Too many sessions wait already. */
  | { readonly status: 'queue_full' }
