/** The engine, as an app sees it. */
import { createDriver } from './driver.ts'
import type { Command } from './events.ts'
import type { Notice } from './notices.ts'
import type { EnginePorts } from './ports.ts'
import { createRefusals } from './refusals.ts'
import type { State } from './state.ts'
import { type WaitOptions, type WaitReport, waitUntilBackedUp } from './wait.ts'

/** Is told what happens. What it throws is thrown again outside the engine, and harms nobody. */
export type Listener = (notice: Notice) => void

/** The backup engine of one account. */
export interface BackupEngine {
  readonly state: () => State
  /** Tells the engine what the app wants, or what it knows. Returns at once. */
  readonly send: (command: Command) => void
  /** Adds a listener; the function that is returned removes it. */
  readonly subscribe: (listener: Listener) => () => void
  /** Resolves when nothing waits any more, or when it cannot go on: before a logout, say. */
  readonly waitUntilBackedUp: (options?: WaitOptions) => Promise<WaitReport>
  /** Ends what runs; resolves when nothing runs any more. The next engine goes on from there. */
  readonly stop: () => Promise<void>
}

function tell(listener: Listener, notice: Notice): void {
  try {
    listener(notice)
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}

/** Makes an engine. It does nothing until it is told to `resume`, `enable` or `create`. */
export function createBackupEngine(ports: EnginePorts): BackupEngine {
  const listeners = new Set<Listener>()
  const refusals = createRefusals()
  listeners.add(refusals.note)
  const driver = createDriver(ports, (notice) => {
    for (const listener of [...listeners]) tell(listener, notice)
  })
  const subscribe = (listener: Listener): (() => void) => {
    const own: Listener = (notice) => {
      listener(notice)
    }
    listeners.add(own)
    return () => {
      listeners.delete(own)
    }
  }
  const { state, send, stop } = driver
  return {
    state,
    send,
    stop,
    subscribe,
    waitUntilBackedUp: (options = {}) =>
      waitUntilBackedUp({ state, send, subscribe, ports, refusals }, options),
  }
}
