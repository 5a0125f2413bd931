/** What happens during a rotation. */
import type { BackupVersion } from '@roomkeys/types'
import type { RotationReport, SourceReport } from './report.ts'

/**
 * How far a rotation is; what each stage says is durable when it is reached.
 *
 * - `preparing`: the intent is in the journal. The new key is being kept, the version being made.
 * - `copying`: the new version exists and its key is in the vault; keys are carried over.
 * - `copied`: every old version was read to its end.
 * - `verified`: what is in the new version was compared with the old ones.
 * - `stored`: the new key is the vault's current one; the old ones are kept beside it.
 * - `offered`: the new version is marked as whole. Nothing was deleted.
 */
export type RotationStage = 'preparing' | 'copying' | 'copied' | 'verified' | 'stored' | 'offered'

/** What happens, in this order; stages that an earlier run had passed do not come again. */
export type RotateEvent =
  /**
   * The current version is being filled by a rotation that is not ours: another device is at work, or
   * has stopped. Going on takes it over; leaving the loop here leaves everything as it is.
   */
  | { readonly type: 'another_rotation'; readonly version: BackupVersion }
  | {
      readonly type: 'stage'
      readonly stage: RotationStage
      /** The new version, once it exists. */
      readonly version: BackupVersion | null
      /** The old versions. */
      readonly sources: readonly BackupVersion[]
    }
  | {
      readonly type: 'progress'
      /** The old version that is read. */
      readonly source: BackupVersion
      /** Entries of it that are done, those of earlier runs included. */
      readonly done: number
      /** Entries that the server announced. */
      readonly total: number
      readonly carried: number
    }
  | { readonly type: 'source'; readonly report: SourceReport }
  | { readonly type: 'finished'; readonly report: RotationReport }
