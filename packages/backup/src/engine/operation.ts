/** What runs in a state: a function of the state, and of nothing else. */
import type { Operation } from './effects.ts'
import type { Outcome } from './events.ts'
import { firstGroup } from './groups.ts'
import { FIRST_BATCH_SPREAD_MS } from './pace.ts'
import type { Creating, Enabled, EstablishingState, Progress, State } from './state.ts'

/** The operation, unless it waits for its next try. */
function attempt(progress: Progress, operation: Operation): Operation | null {
  switch (progress.kind) {
    case 'running':
      return operation
    case 'backing_off':
      return { type: 'start_timer', delayMs: progress.delayMs }
    case 'offline':
      return null
  }
}

function creating({ step, key, replaces }: Creating): Operation {
  switch (step.kind) {
    case 'keeping':
      return { type: 'keep_key', key, replaces }
    case 'checking':
      return { type: 'read_version' }
    case 'posting':
      return { type: 'create_version', key }
    case 'adopting':
      return { type: 'adopt', backup: step.backup, preference: 'turn_on' }
  }
}

function establishing({ kind, step }: EstablishingState): Operation {
  switch (step.kind) {
    case 'recalling':
      return { type: 'recall', given: step.given }
    case 'reading':
      return { type: 'read_version' }
    case 'judging':
      return { type: 'evaluate_trust', backup: step.backup }
    case 'adopting': {
      const preference = kind === 'enabling' ? 'turn_on' : 'leave'
      return { type: 'adopt', backup: step.backup, preference }
    }
  }
}

function uploading({ backup, pace, upload }: Enabled): Operation | null {
  const { version } = backup.info
  switch (upload.kind) {
    case 'idle':
    case 'offline':
      return null
    case 'jittering':
      return { type: 'start_jitter', withinMs: FIRST_BATCH_SPREAD_MS }
    case 'reading':
      return { type: 'read_pending', backup, limit: pace.keys }
    case 'guarding':
      return { type: 'read_server_copies', backup, keys: firstGroup(upload.work) }
    case 'uploading':
      return { type: 'upload', version, keys: firstGroup(upload.work) }
    case 'marking':
      return { type: 'mark', version, settled: upload.work.settled }
    case 'backing_off':
      return { type: 'start_timer', delayMs: upload.delayMs }
  }
}

/** The operation that runs in a state, or `null` when the engine waits for the app. */
export function operationOf(state: State): Operation | null {
  switch (state.kind) {
    case 'creating':
      return attempt(state.progress, creating(state))
    case 'enabling':
    case 'resuming':
    case 'rechecking':
      return attempt(state.progress, establishing(state))
    case 'disabling':
      return attempt(state.progress, { type: 'withdraw', target: state.target })
    case 'enabled':
      return uploading(state)
    case 'disabled':
    case 'downloading':
    case 'wrong_version':
    case 'untrusted':
    case 'paused':
    case 'crashed':
      return null
  }
}

const ANSWERS: Readonly<Record<Operation['type'], Outcome['type']>> = {
  recall: 'recalled',
  read_version: 'version_read',
  evaluate_trust: 'trust_evaluated',
  keep_key: 'key_kept',
  create_version: 'version_created',
  adopt: 'adopted',
  read_pending: 'pending_read',
  read_server_copies: 'server_copies_read',
  upload: 'uploaded',
  mark: 'marked',
  withdraw: 'withdrawn',
  start_timer: 'timer_fired',
  start_jitter: 'timer_fired',
}

/** Whether an outcome is one of what runs in a state; a timer has no failures. */
export function answers(state: State, { type }: Outcome): boolean {
  const operation = operationOf(state)
  if (type === 'crashed') return true
  if (operation === null) return false
  const answer = ANSWERS[operation.type]
  return type === answer || (type === 'failed' && answer !== 'timer_fired')
}
