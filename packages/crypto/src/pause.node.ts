/** Letting other work have its turn: Node has a way that loads nothing. */
import { type PauseIfDue, pausedInTime } from './pause-in-time.ts'

/** Resolves in a task of its own: timers and input come in between. */
export function pause(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** {@link pause}, if the last one is some time ago: for work in batches that take no time each. */
export const pauseIfDue: PauseIfDue = pausedInTime(pause)
