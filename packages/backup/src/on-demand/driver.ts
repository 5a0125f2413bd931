/**
 * The driver: performs what `transition` says and feeds the ends back. It holds the only variable
 * state of a key fetcher.
 */
import type { BackupVersion } from '@roomkeys/types'
import type { Clock, Jitter } from '../ports/clock.ts'
import type { Effect, FetcherEvent } from './events.ts'
import type { Moment } from './misses.ts'
import { errorOf } from './error-of.ts'
import type { FetchOutcome } from './outcome.ts'
import type { FetchPorts } from './perform.ts'
import { createRequests } from './requests.ts'
import { type FetcherState, nextWake } from './state.ts'
import type { Step } from './step.ts'
import { transition } from './transition.ts'
import { createWaker } from './waker.ts'

/** What a driver works with. */
export interface DriverPorts extends FetchPorts {
  readonly clock: Clock
  readonly jitter: Jitter
  /** Must not throw. */
  readonly onVersionGone: (version: BackupVersion) => void
}

/** Somebody who waits for an answer. */
export interface Waiting {
  readonly resolve: (outcome: FetchOutcome) => void
  readonly reject: (error: Error) => void
}

/** A running fetcher. */
export interface Driver {
  readonly send: (event: FetcherEvent) => void
  /** Makes a caller known, before it asks. */
  readonly admit: (callerId: number, waiting: Waiting) => void
}

/** A mistake of ours in the transition itself: told to all who wait, like any exception. */
function decide(state: FetcherState, event: FetcherEvent, at: Moment): Step {
  try {
    return transition(state, event, at)
  } catch (error) {
    return transition(state, { type: 'crashed', error: errorOf(error) }, at)
  }
}

/** Starts a fetcher. */
export function createDriver(ports: DriverPorts, initial: FetcherState): Driver {
  const { clock, jitter } = ports
  const callers = new Map<number, Waiting>()
  const events: FetcherEvent[] = []
  const waker = createWaker(clock, send)
  const requests = createRequests(ports, send)
  let current = initial
  let phase: 'waiting' | 'busy' = 'waiting'

  function leaving(callerId: number): Waiting | undefined {
    const waiting = callers.get(callerId)
    callers.delete(callerId)
    return waiting
  }

  function perform(effect: Effect): void {
    if (effect.type === 'answer') leaving(effect.callerId)?.resolve(effect.outcome)
    else if (effect.type === 'reject') leaving(effect.callerId)?.reject(effect.error)
    else if (effect.type === 'tell_version_gone') ports.onVersionGone(effect.version)
    else requests.perform(effect)
  }

  /** An event that comes while another is handled waits for its turn. */
  function send(event: FetcherEvent): void {
    events.push(event)
    if (phase === 'busy') return
    phase = 'busy'
    for (let next = events.shift(); next !== undefined; next = events.shift()) {
      if (next.type === 'left') leaving(next.callerId)
      const { state, effects } = decide(current, next, { now: clock.now(), jitter: jitter() })
      current = state
      effects.forEach(perform)
    }
    phase = 'waiting'
    waker.set(nextWake(current, clock.now()))
  }

  return { send, admit: (callerId, waiting) => void callers.set(callerId, waiting) }
}
