/** Counts of a restore, and what it came to. */
import type { MergeOutcome } from '@roomkeys/megolm'
import type { BackupVersion, BackupVersionInfo } from '@roomkeys/types'
import type { FailureReason } from '../errors.ts'
import type { RestoreOutcome } from './events.ts'

/** How far a restore is. */
export interface RestoreProgress {
  /** Entries that are done, of this run and of runs before it that were interrupted. */
  readonly done: number
  /** Entries that the server announced; `null` where only some of the keys are asked for. */
  readonly total: number | null
  /** Entries of rooms that an interrupted run had finished. */
  readonly resumed: number
  /** Entries that the store had as good already. */
  readonly skipped: number
  /** Opened entries by what the store made of them. */
  readonly merged: Readonly<Partial<Record<MergeOutcome, number>>>
  /** Failed entries by reason. */
  readonly failures: Readonly<Partial<Record<FailureReason, number>>>
}

/**
 * `unchanged`: nothing changed since everything was restored, so nothing was read. `complete`: every
 * key that was asked for is in the store. `partial`: some failed, or did not come. `nothing`: none is,
 * also where there was none; never a success.
 */
export type RestoreResult = 'unchanged' | 'complete' | 'partial' | 'nothing'

/** What a restore came to. */
export interface RestoreReport extends RestoreProgress {
  readonly version: BackupVersion
  readonly result: RestoreResult
  /** Keys that the server announced and did not deliver. */
  readonly missing: number
}

/** The progress of a run that begins. */
export function begin(total: number | null): RestoreProgress {
  return { done: 0, total, resumed: 0, skipped: 0, merged: {}, failures: {} }
}

function plusOne<K extends string>(
  counts: Readonly<Partial<Record<K, number>>>,
  key: K,
): Readonly<Partial<Record<K, number>>> {
  return { ...counts, [key]: (counts[key] ?? 0) + 1 }
}

/** Counts an outcome. */
export function count(progress: RestoreProgress, outcome: RestoreOutcome): RestoreProgress {
  const counted = { ...progress, done: progress.done + 1 }
  switch (outcome.status) {
    case 'restored':
      return { ...counted, merged: plusOne(progress.merged, outcome.merged) }
    case 'skipped':
      return { ...counted, skipped: progress.skipped + 1 }
    case 'failed':
      return { ...counted, failures: plusOne(progress.failures, outcome.reason) }
  }
}

/** Counts entries that a run before this one had finished. */
export function countResumed(progress: RestoreProgress, entries: number): RestoreProgress {
  return {
    ...progress,
    done: progress.done + entries,
    resumed: progress.resumed + entries,
  }
}

function sum(counts: Readonly<Partial<Record<string, number>>>): number {
  return Object.values(counts).reduce<number>((total, number = 0) => total + number, 0)
}

/** Sums a run up that read what it was asked for. */
export function finish(version: BackupVersionInfo, progress: RestoreProgress): RestoreReport {
  const failed = sum(progress.failures)
  const missing = Math.max(0, (progress.total ?? 0) - progress.done)
  const whole = failed === 0 && missing === 0 ? 'complete' : 'partial'
  const result = progress.done === failed ? 'nothing' : whole
  return { ...progress, version: version.version, result, missing }
}

/** Sums a run up that had nothing to read. */
export function unchanged(version: BackupVersionInfo): RestoreReport {
  const { count: total } = version
  const progress = countResumed(begin(total), total)
  return { ...progress, version: version.version, result: 'unchanged', missing: 0 }
}
