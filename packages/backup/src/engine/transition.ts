/**
 * The engine's decisions: a pure function of a state and an event. Every pair is decided, by a switch
 * over all events in every state; the table of `docs/backup-engine.md` is made from it.
 */
import type { Effect } from './effects.ts'
import type { Command, EngineEvent, Outcome, Result } from './events.ts'
import { go, type Move, STAY } from './move.ts'
import type { Notice } from './notices.ts'
import { creatingCommand, creatingResult } from './on-creating.ts'
import { disablingCommand, disablingResult } from './on-disabling.ts'
import { enabledCommand, enabledResult } from './on-enabled.ts'
import { establishingCommand, establishingResult } from './on-establishing.ts'
import { askingCommand, disabledCommand, downloadingCommand } from './on-waiting.ts'
import { answers, operationOf } from './operation.ts'
import type { State } from './state.ts'

/** A state with the number of what runs in it; results of anything earlier are ignored. */
export interface Numbered {
  readonly state: State
  readonly generation: number
}

/** The next state, and what is to be done. */
export interface Transition extends Numbered {
  readonly effects: readonly Effect[]
}

/** Nothing has happened yet. */
export const INITIAL: Numbered = {
  state: { kind: 'disabled', because: 'not_started' },
  generation: 0,
}

function onCommand(state: State, command: Command): Move {
  switch (state.kind) {
    case 'disabled':
      return disabledCommand(state, command)
    case 'creating':
      return creatingCommand(state, command)
    case 'enabling':
    case 'resuming':
    case 'rechecking':
      return establishingCommand(state, command)
    case 'enabled':
      return enabledCommand(state, command)
    case 'downloading':
      return downloadingCommand(state, command)
    case 'disabling':
      return disablingCommand(state, command)
    case 'wrong_version':
    case 'untrusted':
    case 'paused':
    case 'crashed':
      return askingCommand(state, command)
  }
}

function onOutcome(state: State, outcome: Outcome): Move {
  if (outcome.type === 'crashed') {
    const { error } = outcome
    return go({ kind: 'crashed', during: state.kind, error }, { type: 'crashed', error })
  }
  switch (state.kind) {
    case 'creating':
      return creatingResult(state, outcome)
    case 'enabling':
    case 'resuming':
    case 'rechecking':
      return establishingResult(state, outcome)
    case 'enabled':
      return enabledResult(state, outcome)
    case 'disabling':
      return disablingResult(state, outcome)
    // Nothing runs in these.
    case 'disabled':
    case 'downloading':
    case 'wrong_version':
    case 'untrusted':
    case 'paused':
    case 'crashed':
      return STAY
  }
}

const isResult = (event: EngineEvent): event is Result => 'generation' in event

function decide({ state, generation }: Numbered, event: EngineEvent): Move {
  if (!isResult(event)) return onCommand(state, event)
  const isAnswer = event.generation === generation && answers(state, event)
  return isAnswer ? onOutcome(state, event) : STAY
}

function enter(
  current: Numbered,
  { state, notices }: Extract<Move, { readonly kind: 'go' }>,
  event: EngineEvent,
): Transition {
  const generation = current.generation + 1
  const [from, to] = [current.state.kind, state.kind]
  const changed: readonly Notice[] = from === to ? [] : [{ type: 'state_changed', from, to }]
  const effects: Effect[] = []
  if (!isResult(event) && operationOf(current.state) !== null) effects.push({ type: 'cancel' })
  for (const notice of [...changed, ...notices]) effects.push({ type: 'emit', notice })
  const operation = operationOf(state)
  if (operation !== null) effects.push({ type: 'start', operation, generation })
  return { state, generation, effects }
}

/** What comes of an event. */
export function transition(current: Numbered, event: EngineEvent): Transition {
  const move = decide(current, event)
  switch (move.kind) {
    case 'stay':
      return { ...current, effects: [] }
    case 'note':
      return { ...current, state: move.state, effects: [] }
    case 'go':
      return enter(current, move, event)
  }
}
