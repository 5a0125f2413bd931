/** Operations outside the upload loop that fail, and connections that come and go. */
import type { Command } from './events.ts'
import type { BackupKey } from './key.ts'
import { go, type Move, STAY } from './move.ts'
import { delayAfter, type Failure, isOfNetwork } from '../upload/back-off.ts'
import type {
  Attempted,
  Creating,
  Disabling,
  EstablishingState,
  Paused,
  PauseReason,
} from './state.ts'

type Trying = Creating | EstablishingState | Disabling

/** The engine waits for the app. */
export function paused(because: PauseReason, key: BackupKey | null): Paused {
  return { kind: 'paused', because, key }
}

/** The key to go on with; what is being made or given up is in the journal. */
function keyOf(state: Trying): BackupKey | null {
  if (state.kind === 'creating' || state.kind === 'disabling') return null
  const { step } = state
  switch (step.kind) {
    case 'recalling':
      return step.given
    case 'reading':
      return step.key
    case 'judging':
    case 'adopting':
      return step.backup.key
  }
}

/** After a failure: the same again later, or the app's help. */
export function onFailure(state: Trying, failure: Failure): Move {
  const { code } = failure
  switch (code) {
    case 'unauthorized':
      return go(paused('unauthorized', keyOf(state)))
    case 'rejected':
    case 'too_large':
    case 'wrong_version':
    case 'version_not_found':
      return go(paused('refused', keyOf(state)))
    case 'offline':
    case 'timeout':
    case 'rate_limited':
    case 'server_error':
    case 'bad_answer': {
      const delayMs = delayAfter(failure, state.attempt)
      const waiting: Attempted = {
        progress: { kind: 'backing_off', delayMs, because: code },
        attempt: state.attempt + 1,
      }
      return go({ ...state, ...waiting }, { type: 'retrying', because: code, delayMs })
    }
  }
}

/** The timer of a back-off fired. */
export function onTimer(state: Trying): Move {
  return go({ ...state, progress: { kind: 'running' } })
}

/** `online` and `offline`. */
export function onConnection(
  state: Trying,
  { type }: Extract<Command, { readonly type: 'online' | 'offline' }>,
): Move {
  const { progress } = state
  // A wait that the server asked for is no shorter for a connection that comes and goes.
  if (progress.kind === 'backing_off' && !isOfNetwork(progress.because)) return STAY
  if (type === 'offline')
    return progress.kind === 'offline' ? STAY : go({ ...state, progress: { kind: 'offline' } })
  return progress.kind === 'running' ? STAY : go({ ...state, progress: { kind: 'running' } })
}
