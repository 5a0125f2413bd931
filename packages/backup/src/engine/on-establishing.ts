/** `enabling`, `resuming` and `rechecking`: from a key to a backup in use. */
import type { UploadTrust } from '../trust/upload-trust.ts'
import { create, disabled, enabled, onDecision, onDisable, withdraw } from './begin.ts'
import type { Command, Memory, Outcome } from './events.ts'
import { type Backup, publicKeyTextOf, type SeenVersion } from './key.ts'
import { go, type Move, STAY } from './move.ts'
import { delayAfter } from '../upload/back-off.ts'
import { type Pace } from './pace.ts'
import { onConnection, onFailure, onTimer } from './retry.ts'
import {
  type EstablishingState,
  type EstablishingStep,
  FIRST_TRY,
  type Rechecking,
} from './state.ts'
import { NO_WORK } from './upload.ts'
import { wrongVersion } from './wrong-version.ts'

function next(state: EstablishingState, step: EstablishingStep): Move {
  return go({ ...state, step, ...FIRST_TRY })
}

function onMemory(state: EstablishingState, memory: Memory): Move {
  switch (memory.kind) {
    case 'nothing':
      return go(disabled('not_started'))
    case 'turned_off':
      return go(disabled('preference_off'))
    case 'key_missing':
      return go(disabled('key_missing'))
    case 'enabled':
      return next(state, { kind: 'reading', key: memory.key })
    case 'creating':
      return go(create(memory))
    case 'disabling':
      return go(withdraw(memory.target))
  }
}

/** The key decides, not the name of the version. */
function onVersion(state: EstablishingState, seen: SeenVersion): Move {
  if (state.step.kind !== 'reading') return STAY
  const { key } = state.step
  if (seen.kind === 'none') return go(disabled('no_backup'))
  if (seen.kind === 'readable' && seen.publicKey === publicKeyTextOf(key))
    return next(state, { kind: 'judging', backup: { key, info: seen.info } })
  return go(wrongVersion(key, seen, 'another_key'))
}

/** The very version that was refused: a server that contradicts itself is asked ever less. */
function again({ because, pace }: Rechecking, backup: Backup): Move {
  if (because === 'asked') return go(enabled(backup, pace))
  const delayMs = delayAfter({ code: because, retryAfterMs: null }, pace.attempt)
  const slower: Pace = { ...pace, attempt: pace.attempt + 1 }
  return go(
    {
      kind: 'enabled',
      backup,
      pace: slower,
      upload: { kind: 'backing_off', work: NO_WORK, delayMs, because },
    },
    { type: 'retrying', because, delayMs },
  )
}

function onVerdict(state: EstablishingState, verdict: UploadTrust): Move {
  if (state.step.kind !== 'judging') return STAY
  const { backup } = state.step
  if (!verdict.isTrusted) return go({ kind: 'untrusted', backup, verdict })
  if (state.kind === 'rechecking' && state.known === backup.info.version)
    return again(state, backup)
  return next(state, { kind: 'adopting', backup })
}

/** Results in the three states. */
export function establishingResult(state: EstablishingState, result: Outcome): Move {
  switch (result.type) {
    case 'recalled':
      return onMemory(state, result.memory)
    case 'version_read':
      return onVersion(state, result.seen)
    case 'trust_evaluated':
      return onVerdict(state, result.verdict)
    case 'adopted':
      return state.step.kind === 'adopting' ? go(enabled(state.step.backup)) : STAY
    case 'timer_fired':
      return onTimer(state)
    case 'failed':
      return onFailure(state, result.failure)
    case 'key_kept':
    case 'version_created':
    case 'pending_read':
    case 'server_copies_read':
    case 'uploaded':
    case 'marked':
    case 'withdrawn':
    case 'crashed':
      return STAY
  }
}

/** The version that is in use, or about to be. */
function versionOf(state: EstablishingState): Backup['info']['version'] | null {
  if (state.kind === 'rechecking') return state.known
  return state.step.kind === 'adopting' ? state.step.backup.info.version : null
}

/** Commands in the three states. */
export function establishingCommand(state: EstablishingState, command: Command): Move {
  switch (command.type) {
    case 'enable':
    case 'create':
      return onDecision(command)
    case 'disable':
      return onDisable(command, versionOf(state))
    case 'online':
    case 'offline':
      return onConnection(state, command)
    case 'preference_changed': {
      // In `enabling` the app has just decided: an older preference does not undo that.
      const isHonoured = !command.enabled && state.kind !== 'enabling'
      return isHonoured ? go(disabled('preference_off')) : STAY
    }
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
