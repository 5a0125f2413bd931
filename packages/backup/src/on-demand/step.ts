/** A state on its way to the next one, with what is to be done; and the steps that all events share. */
import { type Missing, type Moment, forgetMiss, noteMiss } from './misses.ts'
import { drop, join } from './lines.ts'
import type { Effect } from './events.ts'
import type { FetchOutcome } from './outcome.ts'
import type { Caller, FetcherState, Job } from './state.ts'

/** A state, and what is to be done. */
export interface Step {
  readonly state: FetcherState
  readonly effects: readonly Effect[]
}

/** Changes members of the state. */
export function change({ state, effects }: Step, changes: Partial<FetcherState>): Step {
  return { state: { ...state, ...changes }, effects }
}

/** Adds what is to be done. */
export function perform({ state, effects }: Step, ...more: readonly Effect[]): Step {
  return { state, effects: [...effects, ...more] }
}

/** The job of an address that is there. */
export function jobOf({ state }: Step, key: string): Job {
  const job = state.jobs.get(key)
  if (job === undefined) throw new TypeError('There is no job of this address')
  return job
}

/** Puts a job in its place. */
export function putJob(step: Step, key: string, job: Job): Step {
  return change(step, { jobs: new Map(step.state.jobs).set(key, job) })
}

/** Ends the phase of a job, which is then to be put into another or removed. */
export function endPhase(step: Step, key: string): Step {
  const { address, phase } = jobOf(step, key)
  if (phase.kind === 'queued')
    return change(step, { lines: drop(step.state.lines, address.roomId, key) })
  const isUnderWay = phase.kind === 'reading' && step.state.requests.has(phase.run)
  return isUnderWay ? perform(step, { type: 'cancel', run: phase.run }) : step
}

/** Puts a job, whose phase was ended, at the end of its room's line. */
export function enqueue(step: Step, key: string, changes: Partial<Job> = {}): Step {
  const job: Job = { ...jobOf(step, key), ...changes, phase: { kind: 'queued' } }
  const lines = join(step.state.lines, job.address.roomId, key)
  return change(putJob(step, key, job), { lines })
}

/** Looks into the store for a job, whose phase was ended. */
export function look(step: Step, key: string): Step {
  const run = step.state.lastRun + 1
  const job = jobOf(step, key)
  const looking = putJob(step, key, { ...job, phase: { kind: 'looking', run } })
  const effect: Effect = { type: 'look', run, address: job.address }
  return perform(change(looking, { lastRun: run }), effect)
}

function withoutJob(step: Step, key: string): Step {
  const ended = endPhase(step, key)
  const jobs = new Map(ended.state.jobs)
  jobs.delete(key)
  return change(ended, { jobs })
}

/** Leaves these callers to a job; without any it is over. */
export function keepCallers(step: Step, key: string, callers: readonly Caller[]): Step {
  if (callers.length === 0) return withoutJob(step, key)
  return putJob(step, key, { ...jobOf(step, key), callers })
}

/** Answers the callers of a job; those with `null` go on waiting. */
export function answer(
  step: Step,
  key: string,
  outcomeOf: (caller: Caller) => FetchOutcome | null,
): Step {
  const effects: Effect[] = []
  const left: Caller[] = []
  for (const caller of jobOf(step, key).callers) {
    const outcome = outcomeOf(caller)
    if (outcome === null) left.push(caller)
    else effects.push({ type: 'answer', callerId: caller.id, outcome })
  }
  return effects.length === 0 ? step : perform(keepCallers(step, key, left), ...effects)
}

/** Tells the callers of a job that something broke. */
export function reject(step: Step, key: string, error: Error): Step {
  const { callers } = jobOf(step, key)
  const effects = callers.map(({ id }): Effect => ({ type: 'reject', callerId: id, error }))
  return perform(keepCallers(step, key, []), ...effects)
}

/** Remembers that an address was asked for in vain. */
export function remember(
  step: Step,
  { key, ...missing }: Missing & { readonly key: string },
  at: Moment,
): Step {
  const { misses, limits } = step.state
  const miss = { ...missing, key, limit: limits.misses }
  return change(step, { misses: noteMiss(misses, miss, at) })
}

/** Forgets that an address was asked for in vain. */
export function forget(step: Step, key: string): Step {
  return change(step, { misses: forgetMiss(step.state.misses, key) })
}
