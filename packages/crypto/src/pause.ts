/** Letting other work have its turn in the middle of long work. */
import { type PauseIfDue, pausedInTime } from './pause-in-time.ts'

/**
 * Resolves in a task of its own: timers, input and rendering come in between.
 *
 * A message is not held back as a nested timer is, for four milliseconds; React Native has no channels.
 */
export function pause(): Promise<void> {
  if (typeof MessageChannel === 'undefined') return new Promise((resolve) => setTimeout(resolve, 0))
  const { port1, port2 } = new MessageChannel()
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}

/** {@link pause}, if the last one is some time ago: for work in batches that take no time each. */
export const pauseIfDue: PauseIfDue = /* @__PURE__ */ pausedInTime(pause)
