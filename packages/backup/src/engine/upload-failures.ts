/** The upload loop when a call fails. */
import { recheck } from './begin.ts'
import { cut, firstGroup, halves, replaceFirst, sizeOf } from './groups.ts'
import { go, type Move, STAY } from './move.ts'
import { delayAfter, type Failure } from '../upload/back-off.ts'
import { type Pace, shrink } from './pace.ts'
import { paused } from './retry.ts'
import type { Enabled } from './state.ts'
import { NO_WORK, type RefusalReason, type Work } from './upload.ts'
import { proceed } from './upload-loop.ts'

/** Keys refused in a row, and none taken: then it is not the keys. */
export const MAX_SUSPECTS = 16
/** Failures in a row after which the other keys go first. */
export const PATIENCE = 3

/** Refused as a whole: the culprits are found by halving, each in logarithmically many requests. */
function refuse(state: Enabled, work: Work, refused: RefusalReason): Move {
  const group = firstGroup(work)
  const [key] = group
  if (group.length > 1) return proceed(state, replaceFirst(work, halves(group)))
  if (key === undefined) return STAY
  const { roomId, sessionId, revision } = key
  const suspects = [...work.suspects, { roomId, sessionId, revision, refused }]
  if (suspects.length >= MAX_SUSPECTS) return go(paused('all_keys_refused', state.backup.key))
  return proceed(state, { ...replaceFirst(work, []), suspects })
}

/** The server fails again and again at the same keys: others go first, in case it is these. */
function behindOthers(work: Work): Work {
  const group = firstGroup(work)
  const parts = group.length > 1 ? halves(group) : [group]
  return { ...work, groups: [...work.groups.slice(1), ...parts] }
}

function backOff(state: Enabled, work: Work, failure: Failure): Move {
  const { code: because } = failure
  const delayMs = delayAfter(failure, state.pace.attempt)
  const pace: Pace = { ...state.pace, attempt: state.pace.attempt + 1 }
  const upload = { kind: 'backing_off', work, delayMs, because } as const
  return go({ ...state, pace, upload }, { type: 'retrying', because, delayMs })
}

/** Half as much at once, in all requests to come. */
function smaller(state: Enabled, work: Work): Pick<Enabled, 'pace'> & { readonly work: Work } {
  const pace = shrink(state.pace, sizeOf(firstGroup(work)))
  return { pace, work: { ...work, groups: cut(work.groups.flat(), pace) } }
}

function onTooLarge(state: Enabled, work: Work): Move {
  if (firstGroup(work).length <= 1) return refuse(state, work, 'too_large')
  const shrunk = smaller(state, work)
  return proceed({ ...state, pace: shrunk.pace }, shrunk.work)
}

function onTrouble(state: Enabled, work: Work, failure: Failure): Move {
  if (failure.code === 'timeout' && state.upload.kind === 'uploading') {
    const shrunk = smaller(state, work)
    return backOff({ ...state, pace: shrunk.pace }, shrunk.work, failure)
  }
  const isStubborn = failure.code === 'server_error' || failure.code === 'bad_answer'
  const turns = isStubborn && state.pace.attempt >= PATIENCE
  return backOff(state, turns ? behindOthers(work) : work, failure)
}

function workOf({ upload }: Enabled): Work {
  switch (upload.kind) {
    case 'idle':
    case 'jittering':
    case 'reading':
      return NO_WORK
    case 'guarding':
    case 'uploading':
    case 'marking':
    case 'backing_off':
    case 'offline':
      return upload.work
  }
}

/** After a failure in the loop. */
export function onUploadFailure(state: Enabled, failure: Failure): Move {
  const work = workOf(state)
  const isUpload = state.upload.kind === 'uploading'
  switch (failure.code) {
    case 'wrong_version':
    case 'version_not_found':
      return go(recheck(state, failure.code))
    case 'unauthorized':
      return go(paused('unauthorized', state.backup.key))
    case 'rejected':
      return isUpload ? refuse(state, work, 'rejected') : backOff(state, work, failure)
    case 'too_large':
      return isUpload ? onTooLarge(state, work) : backOff(state, work, failure)
    case 'offline':
    case 'timeout':
    case 'rate_limited':
    case 'server_error':
    case 'bad_answer':
      return onTrouble(state, work, failure)
  }
}
