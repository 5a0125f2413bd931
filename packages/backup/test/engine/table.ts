/** The table of states and events: what each pair comes to, as text. */
import {
  type EngineEvent,
  type Numbered,
  type Operation,
  type State,
  transition,
  type Transition,
} from '../../src/engine.ts'
import { ALL_EVENTS, ALL_STATES } from './variants.ts'

/** One pair. */
export interface Pair {
  readonly from: string
  readonly fromState: State
  readonly event: string
  readonly eventType: EngineEvent['type']
  readonly next: Transition
  /** `stay`: nothing changes; `note`: what runs goes on; `go`: something else runs. */
  readonly move: 'stay' | 'note' | 'go'
}

function moveOf(before: Numbered, after: Transition): Pair['move'] {
  if (after.generation !== before.generation) return 'go'
  return after.state === before.state ? 'stay' : 'note'
}

/** All pairs. */
export function allPairs(): readonly Pair[] {
  return ALL_STATES.flatMap(([from, numbered]) =>
    ALL_EVENTS.map(([event, value]) => {
      const next = transition(numbered, value)
      return {
        from,
        fromState: numbered.state,
        event,
        eventType: value.type,
        next,
        move: moveOf(numbered, next),
      }
    }),
  )
}

/** A state with its place inside. */
export function nameOf(state: State): string {
  switch (state.kind) {
    case 'enabled':
      return `${state.kind}/${state.upload.kind}`
    case 'creating':
    case 'enabling':
    case 'resuming':
    case 'rechecking': {
      const { progress, step } = state
      const waiting = progress.kind === 'running' ? '' : `/${progress.kind}`
      return `${state.kind}/${step.kind}${waiting}`
    }
    case 'disabling':
      return state.progress.kind === 'running' ? state.kind : `${state.kind}/${state.progress.kind}`
    case 'disabled':
    case 'wrong_version':
    case 'paused':
      return `${state.kind}(${state.because})`
    case 'downloading':
    case 'untrusted':
    case 'crashed':
      return state.kind
  }
}

function operationText(operation: Operation): string {
  switch (operation.type) {
    case 'start_timer':
      return `${operation.type} ${operation.delayMs}`
    case 'upload':
    case 'read_server_copies':
      return `${operation.type} ${operation.keys.length}`
    case 'withdraw':
      return `${operation.type} ${operation.target ?? 'nothing'}`
    case 'adopt':
      return `${operation.type} ${operation.preference}`
    case 'recall':
    case 'read_version':
    case 'evaluate_trust':
    case 'keep_key':
    case 'create_version':
    case 'read_pending':
    case 'mark':
    case 'start_jitter':
      return operation.type
  }
}

function effectsText({ effects }: Transition): string {
  return effects
    .flatMap((effect) => {
      if (effect.type === 'start') return [operationText(effect.operation)]
      if (effect.type === 'cancel') return ['cancel']
      return effect.notice.type === 'state_changed' ? [] : [`!${effect.notice.type}`]
    })
    .join(', ')
}

/** What is done comes after the bar, notices with a mark of exclamation. */
function lineOf({ event, move, next }: Pair): string {
  const arrow = move === 'note' ? '~' : '→'
  return `  ${event.padEnd(32)} ${arrow} ${nameOf(next.state).padEnd(32)} | ${effectsText(next)}`.trimEnd()
}

/** The table: under each state what each event comes to, and which events change nothing. */
export function tableText(): string {
  const pairs = allPairs()
  return ALL_STATES.map(([from]) => {
    const own = pairs.filter((pair) => pair.from === from)
    const lines = own.filter(({ move }) => move !== 'stay').map(lineOf)
    const stays = own.filter(({ move }) => move === 'stay').map(({ event }) => event)
    return [from, ...lines, `  nothing: ${stays.join(' ')}`].join('\n')
  }).join('\n\n')
}
