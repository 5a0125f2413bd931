/** What came of a run. */
import type { Severity } from '../case.ts'

/** The verdict on a case. `error`: the kit or the network failed, so there is no verdict. */
export type CaseStatus = 'passed' | 'failed' | 'not_applicable' | 'error'

/** Every status. */
export const STATUSES: readonly CaseStatus[] = Object.freeze([
  'passed',
  'failed',
  'not_applicable',
  'error',
])

/** The exchange that a failed check looked at. */
export interface Exchange {
  /** Method and target. */
  readonly request: string
  readonly status: number
  /** The start of the answer's body; tokens are redacted. */
  readonly body: string
}

/** What came of one case. */
export interface CaseResult {
  readonly id: string
  readonly title: string
  readonly severity: Severity
  /** Where the rule comes from, in one line. */
  readonly source: string
  readonly operations: readonly string[]
  readonly status: CaseStatus
  /** The failed check, the reason why the case is not applicable, or the error. */
  readonly detail?: string
  readonly exchange?: Exchange
  /** Why the file of known differences expects this case to fail. */
  readonly knownDifference?: string
  /** Versions that the case made and could not delete again. */
  readonly leftBehind?: readonly string[]
  readonly milliseconds: number
}

/** How many cases of each status there are. */
export type Totals = Readonly<Record<CaseStatus, number>>

/** What came of all cases. */
export interface Report {
  /** Repeats the run: the same ids and numbers. */
  readonly seed: number
  readonly results: readonly CaseResult[]
  readonly totals: Readonly<Record<Severity, Totals>>
  /** `unexpected`: a case failed that is not known to, or one passed that is known to fail. */
  readonly outcome: 'as_expected' | 'unexpected' | 'incomplete'
}

function totalsOf(results: readonly CaseResult[], severity: Severity): Totals {
  const count = (status: CaseStatus): number =>
    results.filter((result) => result.severity === severity && result.status === status).length
  return {
    passed: count('passed'),
    failed: count('failed'),
    not_applicable: count('not_applicable'),
    error: count('error'),
  }
}

/** Whether a case failed without being known to, or passed in spite of it. */
export function isUnexpected({ status, knownDifference }: CaseResult): boolean {
  return knownDifference === undefined ? status === 'failed' : status === 'passed'
}

function outcomeOf(results: readonly CaseResult[]): Report['outcome'] {
  if (results.some(isUnexpected)) return 'unexpected'
  return results.some(({ status }) => status === 'error') ? 'incomplete' : 'as_expected'
}

/** Counts. */
export function reportOf(seed: number, results: readonly CaseResult[]): Report {
  const totals = {
    must: totalsOf(results, 'must'),
    should: totalsOf(results, 'should'),
    ours: totalsOf(results, 'ours'),
  }
  return { seed, results, totals, outcome: outcomeOf(results) }
}

/** What a process ends with: 0 as expected, 1 not as expected, 2 without a verdict on every case. */
export function exitCodeOf({ outcome }: Report): 0 | 1 | 2 {
  return outcome === 'as_expected' ? 0 : outcome === 'unexpected' ? 1 : 2
}
