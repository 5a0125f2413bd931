/** A clock that stands still until it is moved. */
import type { Clock } from '../../src/ports.ts'

/** A clock for tests. */
export interface ManualClock extends Clock {
  /** Moves the clock, and wakes who slept until then, in order. */
  readonly advance: (milliseconds: number) => Promise<void>
  /** How many sleep. */
  readonly sleepers: () => number
}

/** Lets everything go on that waits for nothing but its turn. */
export function settled(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve))
}

interface Sleeper {
  readonly until: number
  readonly wake: () => void
}

/** Makes a clock that starts at 0. */
export function createManualClock(): ManualClock {
  let time = 0
  const sleepers = new Set<Sleeper>()
  const sleep: Clock['sleep'] = (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const sleeper: Sleeper = { until: time + milliseconds, wake: resolve }
      sleepers.add(sleeper)
      signal?.addEventListener('abort', () => {
        if (sleepers.delete(sleeper)) reject(signal.reason as Error)
      })
    })
  return {
    now: () => time,
    sleep,
    sleepers: () => sleepers.size,
    advance: async (milliseconds) => {
      const end = time + milliseconds
      for (;;) {
        const [next] = [...sleepers].toSorted((a, b) => a.until - b.until)
        if (next === undefined || next.until > end) break
        time = Math.max(time, next.until)
        sleepers.delete(next)
        next.wake()
        await settled()
      }
      time = end
      await settled()
    },
  }
}
