/** What a restore came to. */
import type { EntryOutcome, FailureReason } from '@roomkeys/backup'
import type { BackupVersion, BackupVersionInfo } from '@roomkeys/types'

/**
 * `complete`: every key that the server announced was opened. `partial`: some were. `nothing`: none
 * was, also where there was nothing to open; never a success.
 */
export type RestoreResult = 'complete' | 'partial' | 'nothing'

/** What a restore came to. */
export interface RestoreReport {
  readonly version: BackupVersion
  readonly result: RestoreResult
  /** Entries that the server sent. */
  readonly total: number
  readonly opened: number
  readonly failed: number
  /** Failed entries by reason. */
  readonly failures: Readonly<Partial<Record<FailureReason, number>>>
  /** Keys that the server announced and did not deliver. */
  readonly missing: number
}

/** Counts of a restore under way. */
export interface RestoreCounts {
  readonly opened: number
  readonly failures: Readonly<Partial<Record<FailureReason, number>>>
}

/** Counts before the first outcome. */
export const NO_COUNTS: RestoreCounts = { opened: 0, failures: {} }

/** Counts one more outcome. */
export function count(counts: RestoreCounts, outcome: EntryOutcome): RestoreCounts {
  if (outcome.status === 'opened') return { ...counts, opened: counts.opened + 1 }
  const { reason } = outcome
  const failures = { ...counts.failures, [reason]: (counts.failures[reason] ?? 0) + 1 }
  return { ...counts, failures }
}

/** Sums a restore up. */
export function reportOf(
  version: BackupVersionInfo,
  total: number,
  { opened, failures }: RestoreCounts,
): RestoreReport {
  const missing = Math.max(0, version.count - total)
  const whole = opened === total && missing === 0
  return {
    version: version.version,
    result: opened === 0 ? 'nothing' : whole ? 'complete' : 'partial',
    total,
    opened,
    failed: total - opened,
    failures,
    missing,
  }
}
