/**
 * The driver: performs what `transition` says, one operation after the other, and feeds the ends of
 * them back. It holds the only variable state of the engine.
 */
import type { Effect, Operation } from './effects.ts'
import type { Command, EngineEvent } from './events.ts'
import type { Notice } from './notices.ts'
import { outcomeOf } from './perform.ts'
import type { EnginePorts } from './ports.ts'
import type { State } from './state.ts'
import { INITIAL, type Numbered, transition, type Transition } from './transition.ts'

/** A running engine. */
export interface Driver {
  readonly state: () => State
  readonly send: (command: Command) => void
  /** Ends what runs; resolves when nothing of the engine runs any more. */
  readonly stop: () => Promise<void>
}

/** A mistake of ours in the transition itself: reported, like any exception. */
function decide(current: Numbered, event: EngineEvent): Transition {
  try {
    return transition(current, event)
  } catch (error) {
    const { generation } = current
    const crashed = transition(current, { type: 'crashed', error, generation })
    return { ...crashed, effects: [{ type: 'cancel' }, ...crashed.effects] }
  }
}

/** Handles one after the other, also what comes while another is handled. */
function inTurn<T>(handle: (value: T) => void): (value: T) => void {
  const waiting: T[] = []
  let phase: 'free' | 'busy' = 'free'
  return (value) => {
    waiting.push(value)
    if (phase === 'busy') return
    phase = 'busy'
    for (const next of drain(waiting)) handle(next)
    phase = 'free'
  }
}

function* drain<T>(values: T[]): Generator<T> {
  for (let next = values.shift(); next !== undefined; next = values.shift()) yield next
}

/** Starts an engine. `emit` must not throw. */
export function createDriver(ports: EnginePorts, emit: (notice: Notice) => void): Driver {
  let current = INITIAL
  let running = new AbortController()
  let last: Promise<void> = Promise.resolve()
  let life: 'alive' | 'stopped' = 'alive'

  async function run(operation: Operation, generation: number, signal: AbortSignal): Promise<void> {
    const isOver = (): boolean => signal.aborted
    if (isOver()) return
    const outcome = await outcomeOf(ports, operation, signal)
    if (!isOver()) handle({ ...outcome, generation })
  }

  function perform(effect: Effect): void {
    if (effect.type === 'emit') emit(effect.notice)
    if (effect.type === 'cancel') running.abort()
    if (effect.type !== 'start') return
    const { signal } = (running = new AbortController())
    last = last.then(() => run(effect.operation, effect.generation, signal))
  }

  const handle = inTurn((event: EngineEvent) => {
    if (life === 'stopped') return
    const { effects, ...numbered } = decide(current, event)
    current = numbered
    effects.forEach(perform)
  })

  return {
    state: () => current.state,
    send: handle,
    stop: async () => {
      life = 'stopped'
      running.abort()
      await last
    },
  }
}
