/** What came of opening entries: counted, and as an exit code. */
import type { EntryOutcome } from '@roomkeys/backup'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { type Counts, createCounts } from './counts.ts'

/** Counts of outcomes. */
export interface OutcomeCounts {
  readonly add: (outcome: EntryOutcome) => void
  readonly opened: () => number
  readonly failed: Counts
  /** The exit code that says it. */
  readonly exitCode: () => ExitCode
}

/** What says that an entry is of another key, or damaged. */
const OF_ANOTHER_KEY: readonly string[] = ['mac_mismatch', 'backup_mac_mismatch']

/** Whether entries that all failed, for these reasons, are of another key. */
export function areOfAnotherKey(reasons: readonly string[]): boolean {
  return reasons.length > 0 && reasons.every((name) => OF_ANOTHER_KEY.includes(name))
}

/** Begins to count. */
export function createOutcomeCounts(): OutcomeCounts {
  const failed = createCounts()
  let opened = 0
  const isWrongKey = (): boolean => opened === 0 && areOfAnotherKey(Object.keys(failed.toObject()))
  return {
    add: (outcome) => {
      if (outcome.status === 'opened') opened += 1
      else failed.add(outcome.reason)
    },
    opened: () => opened,
    failed,
    exitCode: () => {
      if (failed.total() === 0) return EXIT.ok
      return isWrongKey() ? EXIT.wrongKey : EXIT.partial
    },
  }
}
