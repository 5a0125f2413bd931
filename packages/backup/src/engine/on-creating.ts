/** `creating`: a version is made. */
import { disabled, enabled, onDecision, onDisable } from './begin.ts'
import type { Command, Outcome } from './events.ts'
import type { SeenVersion } from './key.ts'
import { go, type Move, STAY } from './move.ts'
import { onConnection, onFailure, onTimer } from './retry.ts'
import { type Creating, type CreatingStep, FIRST_TRY } from './state.ts'
import { wrongVersion } from './wrong-version.ts'

function next(state: Creating, step: CreatingStep): Move {
  return go({ ...state, step, ...FIRST_TRY })
}

/** Ours, recognised by its key, goes on; one that the app has not seen is never replaced. */
function onVersion(state: Creating, seen: SeenVersion): Move {
  const { key, replaces, step } = state
  const made = step.kind === 'checking' ? step.made : null
  if (seen.kind === 'readable' && seen.publicKey === key.publicKey)
    return next(state, {
      kind: 'adopting',
      backup: { key: { mode: 'full', key }, info: seen.info },
    })
  // What was made a moment ago is gone, or another device has made one since.
  if (seen.kind === 'none' && made !== null) return go(disabled('no_backup'))
  if (seen.kind === 'none' || (made === null && seen.info.version === replaces))
    return next(state, { kind: 'posting' })
  return go(wrongVersion({ mode: 'full', key }, seen, 'another_version'))
}

/** A lost answer: the version may be there, so that it is looked for before another is made. */
function failed(state: Creating): Creating {
  return state.step.kind === 'posting'
    ? { ...state, step: { kind: 'checking', made: null } }
    : state
}

/** Results in `creating`. */
export function creatingResult(state: Creating, result: Outcome): Move {
  switch (result.type) {
    case 'key_kept':
      return next(state, { kind: 'checking', made: null })
    case 'version_read':
      return onVersion(state, result.seen)
    case 'version_created':
      return next(state, { kind: 'checking', made: result.version })
    case 'adopted':
      return state.step.kind === 'adopting' ? go(enabled(state.step.backup)) : STAY
    case 'timer_fired':
      return onTimer(state)
    case 'failed':
      return onFailure(failed(state), result.failure)
    case 'recalled':
    case 'trust_evaluated':
    case 'pending_read':
    case 'server_copies_read':
    case 'uploaded':
    case 'marked':
    case 'withdrawn':
    case 'crashed':
      return STAY
  }
}

/** Commands in `creating`. */
export function creatingCommand(state: Creating, command: Command): Move {
  switch (command.type) {
    case 'enable':
    case 'create':
      return onDecision(command)
    case 'disable':
      return onDisable(
        command,
        state.step.kind === 'adopting' ? state.step.backup.info.version : null,
      )
    case 'online':
    case 'offline':
      return onConnection(state, command)
    // The app has just decided: an older preference does not undo that.
    case 'preference_changed':
    case 'resume':
    case 'recheck':
    case 'keys_added':
    case 'hurry':
    case 'trust_decided':
    case 'download_began':
    case 'download_ended':
      return STAY
  }
}
