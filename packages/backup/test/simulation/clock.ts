/** A clock that goes as fast as nothing else waits: sleeping moves it. */
import type { Clock } from '../../src/ports.ts'

/** A clock for tests, with all that was slept. */
export interface SimulatedClock extends Clock {
  readonly sleeps: readonly number[]
}

/** Makes a clock that starts at 0. */
export function createSimulatedClock(): SimulatedClock {
  let time = 0
  const sleeps: number[] = []
  return {
    sleeps,
    now: () => time,
    sleep: async (milliseconds, signal) => {
      signal?.throwIfAborted()
      sleeps.push(milliseconds)
      time += milliseconds
      await new Promise((resolve) => setImmediate(resolve))
      signal?.throwIfAborted()
    },
  }
}
