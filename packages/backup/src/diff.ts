/** What two places with room keys have of each other, and bringing them to the same keys. */
export { backupSource } from './diff/backup-source.ts'
export { diff } from './diff/diff.ts'
export { dumpSource } from './diff/dump-source.ts'
export { exportSource } from './diff/export-source.ts'
export { MAX_INDEXED_SESSIONS } from './diff/key-index.ts'
export { planPush, planSync } from './diff/plan.ts'
export { storeSource } from './diff/store-source.ts'
export { push, sync } from './diff/sync.ts'

export type { DiffOptions } from './diff/diff.ts'
export type {
  DiffEvent,
  Difference,
  DifferenceKind,
  DiffSummary,
  Indices,
  InvalidDifference,
  SessionDifference,
} from './diff/difference.ts'
export type { DumpSourceOptions } from './diff/dump-source.ts'
export type { Judgement, Side } from './diff/judge.ts'
export type { LiveBackup } from './diff/live-backup.ts'
export type { PlanEvent, PlannedAction } from './diff/plan.ts'
export type { KeySource, SourceFailure, SourceItem, SourceSession } from './diff/source.ts'
export type { PushOptions, SyncDirection, SyncOptions } from './diff/sync.ts'
export type {
  PullOutcome,
  PushOutcome,
  PushRefusal,
  SyncEvent,
  SyncReport,
} from './diff/sync-events.ts'
