/** Runs cases against a server: several at once, those that want to be alone after the others. */
import type { ConformanceCase, Hooks } from './case.ts'
import { CASES } from './cases/all.ts'
import type { KnownDifference } from './known-differences.ts'
import { type CaseResult, type Report, reportOf } from './report/report.ts'
import { runCase, type RunContext } from './run-case.ts'
import type { Transport } from './transport.ts'
import type { UserFactory } from './users/factory.ts'
import { createUserPool } from './users/pool.ts'

/** What a run needs, and what it may be told. */
export interface RunOptions {
  readonly transport: Transport
  readonly users: UserFactory
  /** Every case, unless given. */
  readonly cases?: readonly ConformanceCase[]
  /** Ids of the cases to run; an id such as `B2` stands for `B2-K1`, `B2-K2` and so on as well. */
  readonly only?: readonly string[]
  /** Ids and numbers of fixtures follow from it; chosen at random unless given. */
  readonly seed?: number
  /** Cases at once; 4 unless given. */
  readonly concurrency?: number
  /** Longest wait for one answer, in milliseconds; 30 000 unless given. */
  readonly timeoutMs?: number
  /** `lenient`: `auth_data` and `session_data` may be strings, and some cases are not applicable. */
  readonly fixtures?: 'strict' | 'lenient'
  readonly hooks?: Hooks
  readonly knownDifferences?: readonly KnownDifference[]
  /** Told of each result as it comes. */
  readonly onResult?: (result: CaseResult) => void
  readonly signal?: AbortSignal
  /** Milliseconds since some moment; the platform's unless given. */
  readonly now?: () => number
  /** Waits where a server asks to; the platform's timer unless given. */
  readonly sleep?: (milliseconds: number, signal: AbortSignal) => Promise<void>
}

const CONCURRENCY = 4
const TIMEOUT_MS = 30_000
const SEEDS = 1_000_000

function platformSleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      clearTimeout(timer)
      // An abort's reason is whatever the caller made it.
      reject(signal.reason as Error)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', aborted)
      resolve()
    }, milliseconds)
    signal.addEventListener('abort', aborted, { once: true })
  })
}

function matches(id: string, wanted: string): boolean {
  return id === wanted || id.startsWith(`${wanted}-`)
}

/**
 * The cases that some ids name.
 *
 * @throws TypeError when an id names none
 */
export function selectCases(
  cases: readonly ConformanceCase[],
  only: readonly string[],
): readonly ConformanceCase[] {
  const unknown = only.find((wanted) => !cases.some(({ id }) => matches(id, wanted)))
  if (unknown !== undefined) throw new TypeError(`only names no case: ${unknown}`)
  return cases.filter(({ id }) => only.some((wanted) => matches(id, wanted)))
}

function requireKnown(cases: readonly ConformanceCase[], known: readonly KnownDifference[]): void {
  const stray = known.find((difference) => !cases.some(({ id }) => id === difference.id))
  if (stray !== undefined) throw new TypeError(`knownDifferences names no case: ${stray.id}`)
}

function positive(value: number, name: string): number {
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new TypeError(`${name} must be a whole number above 0`)
}

function contextOf(options: RunOptions): RunContext {
  const { transport, users, fixtures = 'strict', hooks = {}, sleep = platformSleep } = options
  const { seed = Math.floor(Math.random() * SEEDS), signal = new AbortController().signal } =
    options
  const timeoutMs = positive(options.timeoutMs ?? TIMEOUT_MS, 'timeoutMs')
  const wire = { transport, timeoutMs, signal, sleep }
  const now = options.now ?? (() => performance.now())
  const pool = createUserPool(users, wire)
  return { seed, wire, pool, fixtures, hooks, now, secrets: new Set() }
}

/** Calls work for each item, some at once, and resolves with the results in the order of the items. */
async function mapAtOnce<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = []
  const rest = items.entries()
  const worker = async (): Promise<void> => {
    for (const [index, item] of rest) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker))
  return results
}

/**
 * Runs cases and reports.
 *
 * A server that fails is in the report, never thrown.
 *
 * @throws TypeError for a mistake in the options; the reason of `signal` when it aborts
 */
export async function runCases(options: RunOptions): Promise<Report> {
  const { cases = CASES, only, knownDifferences = [], onResult = () => undefined } = options
  const selected = only === undefined ? cases : selectCases(cases, only)
  requireKnown(cases, knownDifferences)
  const run = contextOf(options)
  const reasons = new Map(knownDifferences.map(({ id, reason }) => [id, reason]))
  const runOne = async (one: ConformanceCase): Promise<CaseResult> => {
    run.wire.signal.throwIfAborted()
    const knownDifference = reasons.get(one.id)
    const result = await runCase(one, run)
    const expected = knownDifference === undefined ? result : { ...result, knownDifference }
    onResult(expected)
    return expected
  }
  const isAlone = ({ company }: ConformanceCase): boolean => company === 'alone'
  const atOnce = positive(options.concurrency ?? CONCURRENCY, 'concurrency')
  const together = await mapAtOnce(
    selected.filter((one) => !isAlone(one)),
    atOnce,
    runOne,
  )
  const alone = await mapAtOnce(selected.filter(isAlone), 1, runOne)
  run.wire.signal.throwIfAborted()
  return reportOf(run.seed, [...together, ...alone])
}
