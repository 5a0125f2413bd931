/** The server did not answer as it should. */
import { delayAfter } from '../upload/back-off.ts'
import type { ApiError } from '../ports/api-error.ts'
import type { Moment } from './misses.ts'
import { onVersionGone } from './on-source.ts'
import { MAX_ATTEMPTS } from './state.ts'
import { answer, change, enqueue, jobOf, putJob, type Step } from './step.ts'

/** Nothing is asked of the server, for any session, for as long as it says. */
function pause(step: Step, until: number): Step {
  return change(step, { pausedUntil: Math.max(until, step.state.pausedUntil ?? until) })
}

/**
 * After a failure: the same again later if that may help, or an answer. What is limited by rate holds
 * up all sessions; anything else the one that it happened to.
 */
export function onFailure(
  step: Step,
  key: string,
  { error, now }: { readonly error: ApiError; readonly now: Moment['now'] },
): Step {
  if (error.code === 'version_not_found') return onVersionGone(step)
  const job = jobOf(step, key)
  const until = now + delayAfter(error, job.attempt)
  const paused = error.code === 'rate_limited' ? pause(step, until) : step
  const attempt = job.attempt + 1
  if (!error.retryable || attempt >= MAX_ATTEMPTS)
    return answer(paused, key, () => ({ status: 'unavailable', error }))
  return error.code === 'rate_limited'
    ? enqueue(paused, key, { attempt })
    : putJob(paused, key, { ...job, attempt, phase: { kind: 'waiting', until } })
}
