/** One timer, which is set to another time as often as needed. */
import type { Clock } from '../ports/clock.ts'
import { errorOf } from './error-of.ts'
import type { FetcherEvent } from './events.ts'

/** A timer. */
export interface Waker {
  /** Wakes at this time instead of any other; `null`: not at all. */
  readonly set: (at: number | null) => void
}

/** Makes a timer that tells `woken`, or `crashed` when the clock fails. */
export function createWaker(clock: Clock, tell: (event: FetcherEvent) => void): Waker {
  let sleeping = new AbortController()
  let until: number | null = null

  async function sleep(at: number, { signal }: AbortController): Promise<void> {
    const event = await clock.sleep(Math.max(0, at - clock.now()), signal).then(
      (): FetcherEvent => ({ type: 'woken' }),
      (error: unknown): FetcherEvent => ({ type: 'crashed', error: errorOf(error) }),
    )
    if (signal.aborted) return
    until = null
    tell(event)
  }

  return {
    set: (at) => {
      if (at === until) return
      sleeping.abort()
      sleeping = new AbortController()
      until = at
      if (at !== null) void sleep(at, sleeping)
    },
  }
}
