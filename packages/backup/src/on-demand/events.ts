/** What happens to a key fetcher, and what it has done in return. */
import type { MergeOutcome } from '@roomkeys/megolm'
import type { BackupVersion } from '@roomkeys/types'
import type { EntryError, FailureReason } from '../errors.ts'
import type { ApiError } from '../ports/api-error.ts'
import type { SessionAddress } from '../ports/room-keys-api.ts'
import type { FetchOutcome } from './outcome.ts'
import type { BackupSource } from './source.ts'
import type { Caller } from './state.ts'

/** A run failed. `crashed`: by something that is none of the server's failures. */
export type RunFailure =
  | { readonly kind: 'api_error'; readonly error: ApiError }
  | { readonly kind: 'crashed'; readonly error: Error }

/** What the store has: from which index on, or `null` for no copy. */
export type LookResult =
  | { readonly kind: 'seen'; readonly from: number | null }
  | Extract<RunFailure, { readonly kind: 'crashed' }>

/** What came of a request for a session. */
export type ReadResult =
  /** The store had it by then; nothing was asked. */
  | { readonly kind: 'held'; readonly from: number }
  | {
      readonly kind: 'imported'
      readonly merged: MergeOutcome
      /** Where the backup's copy begins. */
      readonly firstMessageIndex: number
      /** From which index on the store decrypts now. */
      readonly from: number | null
    }
  /** No such key, or no such version. */
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'undecryptable'
      readonly reason: FailureReason
      readonly error: EntryError
    }
  | RunFailure

/** What came of the check of the version. */
export type CheckResult = { readonly kind: 'there' } | { readonly kind: 'gone' } | RunFailure

/** What happens. */
export type FetcherEvent =
  | { readonly type: 'asked'; readonly address: SessionAddress; readonly caller: Caller }
  /** A caller does not want an answer any more. */
  | { readonly type: 'left'; readonly address: SessionAddress; readonly callerId: number }
  /** The store got a copy on another way. */
  | { readonly type: 'arrived'; readonly address: SessionAddress }
  /** There is a reason to ask for this address again at once. */
  | { readonly type: 'retried'; readonly address: SessionAddress }
  | { readonly type: 'source_given'; readonly source: BackupSource | null }
  | {
      readonly type: 'looked'
      readonly address: SessionAddress
      readonly run: number
      readonly result: LookResult
    }
  /** Comes for each request, cancelled or not. */
  | { readonly type: 'read'; readonly run: number; readonly result: ReadResult }
  | { readonly type: 'checked'; readonly run: number; readonly result: CheckResult }
  | { readonly type: 'woken' }
  /** Something of our own failed. */
  | { readonly type: 'crashed'; readonly error: Error }

/** What is to be done. */
export type Effect =
  | { readonly type: 'look'; readonly run: number; readonly address: SessionAddress }
  | {
      readonly type: 'read'
      readonly run: number
      readonly address: SessionAddress
      /** What all callers are satisfied by. */
      readonly wanted: number | null
      readonly source: BackupSource
    }
  | { readonly type: 'check'; readonly run: number; readonly version: BackupVersion }
  /** End a request; it still tells when it has ended. */
  | { readonly type: 'cancel'; readonly run: number }
  | { readonly type: 'answer'; readonly callerId: number; readonly outcome: FetchOutcome }
  | { readonly type: 'reject'; readonly callerId: number; readonly error: Error }
  | { readonly type: 'tell_version_gone'; readonly version: BackupVersion }
