// What was measured, as a table; `all.ts` makes one of all of them.
import { appendFileSync } from 'node:fs'
import process from 'node:process'
import { median, type Timing } from './interleave.ts'

/** One line of a table. */
export interface Row {
  readonly what: string
  /** A median, but where `unit` says otherwise. */
  readonly value: number
  readonly unit: string
  /** How many times the value of what it is compared with. */
  readonly times?: number
  readonly of?: string
}

/** A line as it is handed on to `all.ts`. */
export interface NotedRow extends Row {
  readonly benchmark: string
}

/** Names the file that `all.ts` collects lines in. */
export const ROWS_FILE = 'ROOMKEYS_BENCH_ROWS'

/** What each competitor does how many of in one run, and whose rate the others are compared with. */
export interface Task {
  readonly count: number
  readonly unit: string
  readonly of?: string
}

/** Rates of what was timed. */
export function rowsOf(timings: readonly Timing[], { count, unit, of }: Task): readonly Row[] {
  const reference = timings.find(({ name }) => name === of)
  if (of !== undefined && reference === undefined) throw new Error(`${of} was not timed`)
  return timings.map(({ name, seconds }) => ({
    what: name,
    value: count / median(seconds),
    unit: `${unit}/s`,
    ...(reference && { times: median(reference.seconds) / median(seconds), of: reference.name }),
  }))
}

const rounded = (value: number): number =>
  value < 100 ? Math.round(value * 10) / 10 : Math.round(value)

/** Prints lines, and hands them on. */
export function printRows(benchmark: string, rows: readonly Row[]): void {
  console.log(`\n${benchmark}`)
  console.table(
    rows.map(({ what, value, unit, times, of }) => ({
      what,
      [unit]: rounded(value),
      ...(of !== undefined && { [`times ${of}`]: times?.toFixed(2) }),
    })),
  )
  const file = process.env[ROWS_FILE]
  if (file === undefined) return
  const noted = rows.map((row): NotedRow => ({ benchmark, ...row, value: rounded(row.value) }))
  appendFileSync(file, noted.map((row) => `${JSON.stringify(row)}\n`).join(''))
}
