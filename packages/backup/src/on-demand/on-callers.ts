/** What callers do: they ask, leave, and give reasons to ask again. */
import { addressKey } from '../merge/address-key.ts'
import type { FetcherEvent, LookResult } from './events.ts'
import { holdingMiss, type Miss, type Moment } from './misses.ts'
import type { FetchOutcome } from './outcome.ts'
import { type Caller, type Job, satisfies } from './state.ts'
import {
  answer,
  endPhase,
  enqueue,
  forget,
  jobOf,
  keepCallers,
  look,
  perform,
  putJob,
  reject,
  type Step,
} from './step.ts'

type EventOf<Type extends FetcherEvent['type']> = Extract<FetcherEvent, { readonly type: Type }>

/** `held`, if what the store has is enough. */
export function heldOutcome(from: number | null, { wanted }: Caller): FetchOutcome | null {
  return satisfies(from, wanted) ? { status: 'held', firstMessageIndex: from } : null
}

/** A caller asks: one job for all who ask for an address. */
export function onAsked(step: Step, { address, caller }: EventOf<'asked'>): Step {
  const key = addressKey(address)
  const { jobs, limits } = step.state
  const job = jobs.get(key)
  if (job !== undefined) {
    const joined = putJob(step, key, { ...job, callers: [...job.callers, caller] })
    return answer(joined, key, (one) => (one === caller ? heldOutcome(job.from, one) : null))
  }
  if (jobs.size >= limits.waiting)
    return perform(step, {
      type: 'answer',
      callerId: caller.id,
      outcome: { status: 'queue_full' },
    })
  const phase: Job['phase'] = { kind: 'queued' }
  const fresh: Job = { address, callers: [caller], from: null, attempt: 0, phase }
  return look(putJob(step, key, fresh), key)
}

/** A caller leaves; the last one takes the request with it. */
export function onLeft(step: Step, { address, callerId }: EventOf<'left'>): Step {
  const key = addressKey(address)
  const callers = step.state.jobs.get(key)?.callers
  if (callers?.some(({ id }) => id === callerId) !== true) return step
  return keepCallers(
    step,
    key,
    callers.filter(({ id }) => id !== callerId),
  )
}

/** A copy arrived: whatever the job is at, it may be all that is wanted. */
export function onArrived(step: Step, { address }: EventOf<'arrived'>): Step {
  const key = addressKey(address)
  const forgotten = forget(step, key)
  return step.state.jobs.has(key) ? look(endPhase(forgotten, key), key) : forgotten
}

/** A reason to ask again: the miss is forgotten, and what waits for another attempt waits no longer. */
export function onRetried(step: Step, { address }: EventOf<'retried'>): Step {
  const key = addressKey(address)
  const forgotten = forget(step, key)
  const isWaiting = step.state.jobs.get(key)?.phase.kind === 'waiting'
  return isWaiting ? enqueue(forgotten, key) : forgotten
}

/** A miss, as far as it concerns a caller: a copy that begins too late does so for earlier messages. */
function backingOff(miss: Miss, { wanted }: Caller, now: number): FetchOutcome | null {
  if (satisfies(miss.from, wanted)) return null
  return { status: 'backing_off', because: miss.because, retryInMs: miss.retryAt - now }
}

function onSeen(step: Step, key: string, { now }: Moment): Step {
  const { source, because, misses } = step.state
  if (source === null) return answer(step, key, () => ({ status: 'no_backup', because }))
  const miss = holdingMiss(misses, key, now)
  const left = miss === null ? step : answer(step, key, (caller) => backingOff(miss, caller, now))
  return left.state.jobs.has(key) ? enqueue(left, key) : left
}

/** The store was looked into: some are answered by that, or by the negative cache; the rest queue. */
export function onLooked(
  step: Step,
  { address, run, result }: EventOf<'looked'>,
  at: Moment,
): Step {
  const key = addressKey(address)
  const phase = step.state.jobs.get(key)?.phase
  if (phase?.kind !== 'looking' || phase.run !== run) return step
  return result.kind === 'crashed'
    ? reject(step, key, result.error)
    : afterLook(step, key, { from: result.from, at })
}

function afterLook(
  step: Step,
  key: string,
  { from, at }: Pick<Extract<LookResult, { readonly kind: 'seen' }>, 'from'> & { at: Moment },
): Step {
  const seen = putJob(step, key, { ...jobOf(step, key), from })
  const left = answer(seen, key, (caller) => heldOutcome(from, caller))
  return left.state.jobs.has(key) ? onSeen(left, key, at) : left
}
