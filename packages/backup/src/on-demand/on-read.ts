/** A request for a session has ended, or the check of the version. */
import type { ApiError, ApiErrorCode } from '../ports/api-error.ts'
import type { CheckResult, ReadResult } from './events.ts'
import type { Moment } from './misses.ts'
import { heldOutcome } from './on-callers.ts'
import { onFailure } from './on-failure.ts'
import { onVersionGone } from './on-source.ts'
import type { FetchOutcome } from './outcome.ts'
import { type Caller, satisfies, VERSION_SEEN_MS } from './state.ts'
import {
  answer,
  change,
  enqueue,
  forget,
  jobOf,
  perform,
  putJob,
  reject,
  remember,
  type Step,
} from './step.ts'

type ResultOf<Kind extends ReadResult['kind']> = Extract<ReadResult, { readonly kind: Kind }>

/** The address whose request has ended, and when. */
interface Ended {
  readonly key: string
  readonly at: Moment
}

/** Failures that are the server's last word on this session, and say nothing of others. */
const REJECTED: readonly ApiErrorCode[] = ['too_large', 'wrong_version', 'rejected', 'bad_answer']

/** The store had it before the request; who came later and wants more has to queue again. */
function onHeld(step: Step, { from }: ResultOf<'held'>, { key }: Ended): Step {
  const seen = putJob(step, key, { ...jobOf(step, key), from })
  const left = answer(seen, key, (caller) => heldOutcome(from, caller))
  return left.state.jobs.has(key) ? enqueue(left, key) : left
}

function importedOutcome(result: ResultOf<'imported'>, { wanted }: Caller): FetchOutcome {
  const { merged, from, firstMessageIndex } = result
  if (satisfies(from, wanted))
    return merged === 'refused'
      ? { status: 'held', firstMessageIndex: from }
      : { status: 'restored', merged, firstMessageIndex: from }
  if (merged === 'refused') return { status: 'refused' }
  return { status: 'starts_too_late', merged, firstMessageIndex }
}

function onImported(step: Step, result: ResultOf<'imported'>, { key, at }: Ended): Step {
  const { merged, from, firstMessageIndex } = result
  const { callers } = jobOf(step, key)
  const answered = answer(step, key, (caller) => importedOutcome(result, caller))
  if (callers.every(({ wanted }) => satisfies(from, wanted))) return forget(answered, key)
  return merged === 'refused'
    ? remember(answered, { key, because: 'refused', from: null }, at)
    : remember(answered, { key, because: 'starts_too_late', from: firstMessageIndex }, at)
}

function onMissing(step: Step, { key, at }: Ended): Step {
  const noted = remember(step, { key, because: 'not_in_backup', from: null }, at)
  return answer(noted, key, () => ({ status: 'not_in_backup' }))
}

/** No such key: true only if there is such a version, which the server says of all of them at once. */
function onAbsent(step: Step, { key, at }: Ended): Step {
  const { versionSeenAt, check, source, lastRun, requests } = step.state
  if (versionSeenAt !== null && at.now - versionSeenAt < VERSION_SEEN_MS)
    return onMissing(step, { key, at })
  const verifying = putJob(step, key, { ...jobOf(step, key), phase: { kind: 'verifying' } })
  if (check !== null || source === null) return verifying
  const run = lastRun + 1
  const changes = { check: run, lastRun: run, requests: new Map(requests).set(run, null) }
  const { version } = source
  return perform(change(verifying, changes), { type: 'check', run, version })
}

function onUndecryptable(
  step: Step,
  { reason, error }: ResultOf<'undecryptable'>,
  { key, at }: Ended,
): Step {
  const noted = remember(step, { key, because: 'undecryptable', from: null }, at)
  return answer(noted, key, () => ({ status: 'failed', reason, error }))
}

function onReadFailure(step: Step, error: ApiError, { key, at }: Ended): Step {
  const noted = REJECTED.includes(error.code)
    ? remember(step, { key, because: 'rejected', from: null }, at)
    : step
  return onFailure(noted, key, { error, now: at.now })
}

function settle(step: Step, result: ReadResult, ended: Ended): Step {
  switch (result.kind) {
    case 'held':
      return onHeld(step, result, ended)
    case 'imported':
      return onImported(step, result, ended)
    case 'absent':
      return onAbsent(step, ended)
    case 'undecryptable':
      return onUndecryptable(step, result, ended)
    case 'api_error':
      return onReadFailure(step, result.error, ended)
    case 'crashed':
      return reject(step, ended.key, result.error)
  }
}

function endRequest(step: Step, run: number): Step {
  const requests = new Map(step.state.requests)
  requests.delete(run)
  return change(step, { requests })
}

/** A request for a session has ended; if it was cancelled, only its place is free. */
export function onRead(
  step: Step,
  { run, result }: { readonly run: number; readonly result: ReadResult },
  at: Moment,
): Step {
  const key = step.state.requests.get(run) ?? null
  const ended = endRequest(step, run)
  const phase = key === null ? undefined : ended.state.jobs.get(key)?.phase
  if (key === null || phase?.kind !== 'reading' || phase.run !== run) return ended
  return settle(ended, result, { key, at })
}

/** The check of the version has ended: all who wait for it go on, each to its own end. */
export function onChecked(
  step: Step,
  { run, result }: { readonly run: number; readonly result: CheckResult },
  at: Moment,
): Step {
  const ended = endRequest(step, run)
  if (step.state.check !== run) return ended
  const done = change(ended, {
    check: null,
    versionSeenAt: result.kind === 'there' ? at.now : step.state.versionSeenAt,
  })
  if (result.kind === 'gone') return onVersionGone(done)
  const waiting = [...done.state.jobs].filter(([, { phase }]) => phase.kind === 'verifying')
  return waiting.reduce((next, [key]) => afterCheck(next, result, { key, at }), done)
}

function afterCheck(
  step: Step,
  result: Exclude<CheckResult, { readonly kind: 'gone' }>,
  { key, at }: Ended,
): Step {
  // A failure that says that the version is gone has ended all jobs at once.
  if (!step.state.jobs.has(key)) return step
  switch (result.kind) {
    case 'there':
      return onMissing(step, { key, at })
    case 'api_error':
      return onFailure(step, key, { error: result.error, now: at.now })
    case 'crashed':
      return reject(step, key, result.error)
  }
}
