/** Restoring a backup into a store: streamed, resumable, with an outcome for every entry. */
export { RESTORE_RECORD } from './restore/checkpoint.ts'
export { restore } from './restore/restore.ts'

export type { RestoredEntry, RestoreEvent, RestoreOutcome, SkippedEntry } from './restore/events.ts'
export type { RestoreOptions, RestoreScope } from './restore/options.ts'
export type { RestoreProgress, RestoreReport, RestoreResult } from './restore/report.ts'
