/** What happens when keys are brought from one place to another. */
import type { BackupVersionInfo } from '@roomkeys/types'
import type { FailedEntry } from '../entry.ts'
import type { ImportOutcome } from '../merge/incoming-key.ts'
import type { SessionAddress } from '../ports/room-keys-api.ts'

/** Why the backup does not get a key. */
export type PushRefusal =
  /** It is no session of its address, or its record cannot be encrypted. */
  | 'invalid'
  /** The backup holds a copy that does not connect to it; nothing is uploaded over that. */
  | 'conflicting'
  /** The server keeps a worse copy, whose metadata claim more. */
  | 'shadowed'
  /** The server refuses it, alone in a request. */
  | 'rejected'
  /** Alone in a request it is still too large. */
  | 'too_large'

/** What became of a key on its way into the backup. */
export type PushOutcome = SessionAddress &
  (
    | {
        /**
         * `uploaded`: the server took it. `equal`: it has the very same. `server_better`: it has one
         * that begins earlier.
         */
        readonly outcome: 'uploaded' | 'equal' | 'server_better'
      }
    | { readonly outcome: 'refused'; readonly reason: PushRefusal }
  )

/** What became of a key on its way into the store. */
export type PullOutcome = ImportOutcome | FailedEntry

/** Counts of what became of the keys, by outcome; those that failed or were refused by reason. */
export interface SyncReport {
  readonly pulled: Readonly<Record<string, number>>
  readonly pushed: Readonly<Record<string, number>>
}

/** What happens, in this order; `pulled` and `pushed` as often as needed. */
export type SyncEvent =
  /** The version was read, and the key is its key. */
  | { readonly type: 'version'; readonly version: BackupVersionInfo }
  /** So many entries of the backup are read. */
  | { readonly type: 'reading'; readonly read: number }
  /** A key of the backup is done: durably stored, unless it says otherwise. */
  | { readonly type: 'pulled'; readonly outcome: PullOutcome }
  /** A key of the source is done. */
  | { readonly type: 'pushed'; readonly outcome: PushOutcome }
  | { readonly type: 'finished'; readonly report: SyncReport }

/** Follows what happens. */
export interface SyncTally {
  readonly pulled: (outcome: PullOutcome) => SyncEvent
  readonly pushed: (outcome: PushOutcome) => SyncEvent
  readonly report: () => SyncReport
}

/** Begins to count. */
export function createSyncTally(): SyncTally {
  const pulled = new Map<string, number>()
  const pushed = new Map<string, number>()
  const count = (counts: Map<string, number>, name: string): void => {
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return {
    pulled: (outcome) => {
      count(pulled, 'reason' in outcome ? outcome.reason : outcome.outcome)
      return { type: 'pulled', outcome }
    },
    pushed: (outcome) => {
      count(pushed, outcome.outcome === 'refused' ? outcome.reason : outcome.outcome)
      return { type: 'pushed', outcome }
    },
    report: () => ({
      pulled: Object.fromEntries(pulled),
      pushed: Object.fromEntries(pushed),
    }),
  }
}
