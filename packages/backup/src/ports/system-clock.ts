/** The platform's clock. */
import type { Clock } from './clock.ts'

/** The longest delay that a timer can hold: longer ones fire at once. */
const MAX_TIMER_MS = 2_147_483_647

function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const timer = setTimeout(settle, Math.min(milliseconds, MAX_TIMER_MS))
    signal?.addEventListener('abort', settle)
    function settle(): void {
      clearTimeout(timer)
      signal?.removeEventListener('abort', settle)
      if (signal?.aborted) reject(signal.reason as Error)
      else resolve()
    }
  })
}

/** The platform's timers and its monotonic clock. */
export const systemClock: Clock = Object.freeze({ now: () => performance.now(), sleep })
