/** `disabling`: the backup is given up. */
import { disabled, onDecision } from './begin.ts'
import type { Command, Outcome } from './events.ts'
import { go, type Move, STAY } from './move.ts'
import { onConnection, onFailure, onTimer } from './retry.ts'
import type { Disabling } from './state.ts'

/** Results in `disabling`. */
export function disablingResult(state: Disabling, result: Outcome): Move {
  switch (result.type) {
    case 'withdrawn':
      return go(disabled('by_app'))
    case 'timer_fired':
      return onTimer(state)
    case 'failed':
      return onFailure(state, result.failure)
    case 'recalled':
    case 'version_read':
    case 'trust_evaluated':
    case 'key_kept':
    case 'version_created':
    case 'adopted':
    case 'pending_read':
    case 'server_copies_read':
    case 'uploaded':
    case 'marked':
    case 'crashed':
      return STAY
  }
}

/** Commands in `disabling`. */
export function disablingCommand(state: Disabling, command: Command): Move {
  switch (command.type) {
    case 'enable':
    case 'create':
      return onDecision(command)
    case 'online':
    case 'offline':
      return onConnection(state, command)
    case 'disable':
    case 'resume':
    case 'recheck':
    case 'keys_added':
    case 'hurry':
    case 'trust_decided':
    case 'preference_changed':
    case 'download_began':
    case 'download_ended':
      return STAY
  }
}
