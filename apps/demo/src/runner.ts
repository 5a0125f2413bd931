/** Runs effects: one at a time; a cancelled one tells nothing any more. */
import { explain } from './explain.ts'
import type { DemoEvent } from './state.ts'
import type { Effect, Task } from './task.ts'

/** Runs effects. */
export interface Runner {
  /** Starts an effect in place of whatever is under way; its errors become `failed` events. */
  readonly run: (task: Task, effect: Effect) => void
  /** Stops what is under way. */
  readonly stop: () => void
}

/**
 * Makes a runner.
 *
 * @param dispatch - told of every event of a running effect
 */
export function createRunner(dispatch: (event: DemoEvent) => void): Runner {
  let current = new AbortController()
  const stop = (): void => {
    current.abort()
  }
  const run = (task: Task, effect: Effect): void => {
    stop()
    const controller = new AbortController()
    current = controller
    const tell = (event: DemoEvent): void => {
      if (!controller.signal.aborted) dispatch(event)
    }
    effect({ signal: controller.signal, dispatch: tell }).catch((error: unknown) => {
      tell({ type: 'failed', notice: explain(error, task) })
    })
  }
  return { run, stop }
}
