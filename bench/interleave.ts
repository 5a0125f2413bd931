// Runs competitors in turns, so that what else the machine does falls on all of them alike.

/** A competitor: does the whole task once. */
export interface Competitor {
  readonly name: string
  readonly run: () => Promise<void> | void
}

/** Seconds of each run, by competitor. */
export interface Timing {
  readonly name: string
  readonly seconds: readonly number[]
}

/** Medians over at least seven runs are what is compared; single runs are noise. */
const RUNS = 7

async function time(run: Competitor['run']): Promise<number> {
  const started = performance.now()
  await run()
  return (performance.now() - started) / 1000
}

/** Times every competitor, in turns, after one run of each to warm up. */
export async function interleave(competitors: readonly Competitor[]): Promise<readonly Timing[]> {
  for (const { run } of competitors) await run()
  const timings = new Map<string, number[]>(competitors.map(({ name }) => [name, []]))
  for (let i = 0; i < RUNS; i++)
    for (const { name, run } of competitors) timings.get(name)?.push(await time(run))
  return [...timings].map(([name, seconds]) => ({ name, seconds }))
}

/** The middle of the runs. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
