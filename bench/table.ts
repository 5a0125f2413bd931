// One table of timings: medians, and how many times the wasm's rate.
import { median, type Timing } from './interleave.ts'

/** Prints what was timed. */
export function printTable(timings: readonly Timing[], count: number, wasm: string): void {
  const secondsOf = new Map(timings.map(({ name, seconds }) => [name, median(seconds)]))
  const reference = secondsOf.get(wasm) ?? Number.NaN
  console.table(
    [...secondsOf].map(([name, seconds]) => ({
      name,
      'keys/s, median': Math.round(count / seconds),
      'times the wasm': (reference / seconds).toFixed(2),
    })),
  )
}
