// Runs competitors in turns, so that what else the machine does falls on all of them alike.

/** A competitor: does the whole task once, or one part of so many if it is slow. */
export interface Competitor {
  readonly name: string
  readonly run: () => Promise<void> | void
  readonly part?: number
  /** What comes before each run, and is not timed. */
  readonly prepare?: () => void
}

/** Seconds of each run, by competitor, as if it had done the whole task. */
export interface Timing {
  readonly name: string
  readonly seconds: readonly number[]
}

/** Medians over seven runs are what is compared, fewer of what takes long; single runs are noise. */
const RUNS = 7

async function time({ run, part = 1, prepare }: Competitor): Promise<number> {
  prepare?.()
  const started = performance.now()
  await run()
  return ((performance.now() - started) / 1000) * part
}

/** Times every competitor, in turns, after one run of each to warm up; seven times unless told otherwise. */
export async function interleave(
  competitors: readonly Competitor[],
  runs: number = RUNS,
): Promise<readonly Timing[]> {
  for (const competitor of competitors) await time(competitor)
  const timings = new Map<string, number[]>(competitors.map(({ name }) => [name, []]))
  for (let i = 0; i < runs; i++)
    for (const competitor of competitors) timings.get(competitor.name)?.push(await time(competitor))
  return [...timings].map(([name, seconds]) => ({ name, seconds }))
}

/** The middle of the runs. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
