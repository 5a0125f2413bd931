/** What happens during a restore. */
import type { MergeOutcome } from '@roomkeys/megolm'
import type { BackupVersionInfo, RoomId } from '@roomkeys/types'
import type { FailedEntry, OpenedEntry } from '../entry.ts'
import type { SessionAddress } from '../ports/room-keys-api.ts'
import type { RestoreProgress, RestoreReport } from './report.ts'

/** An entry that was opened and merged into the store. */
export interface RestoredEntry extends SessionAddress {
  readonly status: 'restored'
  readonly entry: OpenedEntry
  readonly merged: MergeOutcome
}

/** An entry that was not opened, because the store has what it could give. */
export interface SkippedEntry extends SessionAddress {
  readonly status: 'skipped'
}

/** What became of an entry. */
export type RestoreOutcome = RestoredEntry | SkippedEntry | FailedEntry

/** What happens, in this order; `reading` and `entry` as often as needed. */
export type RestoreEvent =
  /** The version was read, and the key is its key. */
  | { readonly type: 'version'; readonly version: BackupVersionInfo }
  /** Keys are asked for: those of a room, or, with `null`, all that are left. */
  | { readonly type: 'reading'; readonly roomId: RoomId | null }
  /** An entry is done, and durably stored if it was opened. */
  | {
      readonly type: 'entry'
      readonly outcome: RestoreOutcome
      readonly progress: RestoreProgress
    }
  | { readonly type: 'finished'; readonly report: RestoreReport }
