/** `enabled`: commands and results; the loop itself is in `upload-loop.ts`. */
import { disabled, onDecision, onDisable, recheck } from './begin.ts'
import type { Command, Outcome } from './events.ts'
import { go, type Move, STAY } from './move.ts'
import { isOfNetwork } from '../upload/back-off.ts'
import type { Enabled } from './state.ts'
import { NO_WORK, READING, type Upload } from './upload.ts'
import { onPending, onServerCopies, onMarked, onUploaded, proceed } from './upload-loop.ts'
import { onUploadFailure } from './upload-failures.ts'

function at(state: Enabled, upload: Upload): Move {
  return go({ ...state, upload })
}

function onKeysAdded(state: Enabled): Move {
  const { upload } = state
  if (upload.kind === 'idle') return at(state, { kind: 'jittering' })
  if (upload.kind !== 'reading') return STAY
  return { kind: 'note', state: { ...state, upload: { ...upload, news: 'keys' } } }
}

function onHurry(state: Enabled): Move {
  const { kind } = state.upload
  return kind === 'idle' || kind === 'jittering' ? at(state, READING) : STAY
}

function onOnline(state: Enabled): Move {
  const { upload } = state
  const mayGoOn =
    upload.kind === 'offline' || (upload.kind === 'backing_off' && isOfNetwork(upload.because))
  return mayGoOn ? proceed(state, upload.work) : STAY
}

/** What runs at home goes on; it finds out soon enough. */
function onOffline(state: Enabled): Move {
  const { upload } = state
  switch (upload.kind) {
    case 'offline':
    case 'reading':
    case 'marking':
      return STAY
    case 'idle':
    case 'jittering':
      return at(state, { kind: 'offline', work: NO_WORK })
    case 'guarding':
    case 'uploading':
      return at(state, { kind: 'offline', work: upload.work })
    // A wait that the server asked for is no shorter for a connection that comes and goes.
    case 'backing_off':
      return isOfNetwork(upload.because) ? at(state, { kind: 'offline', work: upload.work }) : STAY
  }
}

/** Commands in `enabled`. */
export function enabledCommand(state: Enabled, command: Command): Move {
  switch (command.type) {
    case 'enable':
    case 'create':
      return onDecision(command)
    case 'disable':
      return onDisable(command, state.backup.info.version)
    case 'recheck':
      return go(recheck(state, 'asked'))
    case 'keys_added':
      return onKeysAdded(state)
    case 'hurry':
      return onHurry(state)
    case 'online':
      return onOnline(state)
    case 'offline':
      return onOffline(state)
    case 'preference_changed':
      return command.enabled ? STAY : go(disabled('preference_off'))
    case 'download_began':
      return go({ kind: 'downloading', backup: state.backup, pace: state.pace })
    case 'resume':
    case 'trust_decided':
    case 'download_ended':
      return STAY
  }
}

function onTimer(state: Enabled): Move {
  const { upload } = state
  if (upload.kind === 'jittering') return at(state, READING)
  return upload.kind === 'backing_off' ? proceed(state, upload.work) : STAY
}

/** Results in `enabled`. */
export function enabledResult(state: Enabled, result: Outcome): Move {
  switch (result.type) {
    case 'timer_fired':
      return onTimer(state)
    case 'pending_read':
      return onPending(state, result)
    case 'server_copies_read':
      return onServerCopies(state, result)
    case 'uploaded':
      return onUploaded(state, result)
    case 'marked':
      return onMarked(state, result.counts)
    case 'failed':
      return onUploadFailure(state, result.failure)
    case 'recalled':
    case 'version_read':
    case 'trust_evaluated':
    case 'key_kept':
    case 'version_created':
    case 'adopted':
    case 'withdrawn':
    case 'crashed':
      return STAY
  }
}
