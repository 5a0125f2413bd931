/**
 * Rotating a backup to a new key, or migrating it to a new algorithm, without losing a key: whatever
 * is cut off is gone on with, and nothing is deleted before the user says so.
 */
export { finishRotation } from './rotate/finish.ts'
export { ROTATION_RECORD } from './rotate/intent.ts'
export { MAX_SOURCES, ROTATION_MARKER } from './rotate/marker.ts'
export { MAX_IN_FLIGHT } from './rotate/copy.ts'
export { MAX_LISTED, MAX_NOT_CARRIED, MAX_NOTED_ROOMS } from './rotate/ledger.ts'
export { rotate } from './rotate/rotate.ts'

export type { RotateEvent, RotationStage } from './rotate/events.ts'
export type { FinishedRotation, FinishRotationOptions, OldVersions } from './rotate/finish.ts'
export type { RotateOptions, RotationPorts, RotationTarget } from './rotate/options.ts'
export type {
  LossCounts,
  LossReason,
  LostKey,
  NotCarriedReason,
  RotationReport,
  SourceReport,
  SourceState,
  Tally,
} from './rotate/report.ts'
