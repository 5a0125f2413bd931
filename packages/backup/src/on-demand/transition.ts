/** The decisions of a key fetcher: a pure function of a state, an event and a moment. */
import type { FetcherEvent } from './events.ts'
import { take } from './lines.ts'
import type { Moment } from './misses.ts'
import { onArrived, onAsked, onLeft, onLooked, onRetried } from './on-callers.ts'
import { onChecked, onRead } from './on-read.ts'
import { onSource } from './on-source.ts'
import { type FetcherState, lowestWanted } from './state.ts'
import { change, enqueue, jobOf, perform, putJob, reject, type Step } from './step.ts'

/** What was to wait until now goes back into its line. */
function onWoken(step: Step, { now }: Moment): Step {
  const due = [...step.state.jobs].filter(
    ([, { phase }]) => phase.kind === 'waiting' && phase.until <= now,
  )
  return due.reduce((next, [key]) => enqueue(next, key), step)
}

function onCrashed(step: Step, error: Error): Step {
  return [...step.state.jobs.keys()].reduce((next, key) => reject(next, key, error), step)
}

function decide(step: Step, event: FetcherEvent, at: Moment): Step {
  switch (event.type) {
    case 'asked':
      return onAsked(step, event)
    case 'left':
      return onLeft(step, event)
    case 'arrived':
      return onArrived(step, event)
    case 'retried':
      return onRetried(step, event)
    case 'source_given':
      return onSource(step, event.source)
    case 'looked':
      return onLooked(step, event, at)
    case 'read':
      return onRead(step, event, at)
    case 'checked':
      return onChecked(step, event, at)
    case 'woken':
      return onWoken(step, at)
    case 'crashed':
      return onCrashed(step, event.error)
  }
}

/** Begins the next request, or `null` when none may begin. An address has one request at a time. */
function beginNext(step: Step, { now }: Moment): Step | null {
  const { source, requests, limits, lines, pausedUntil, lastRun } = step.state
  const isPaused = pausedUntil !== null && now < pausedUntil
  if (source === null || isPaused || requests.size >= limits.concurrency) return null
  const busy = new Set(requests.values())
  const taken = take(lines, (key) => !busy.has(key))
  if (taken === null) return null
  const run = lastRun + 1
  const job = jobOf(step, taken.key)
  const { address, callers } = job
  const reading = putJob(step, taken.key, { ...job, phase: { kind: 'reading', run } })
  const changes = {
    lines: taken.lines,
    lastRun: run,
    requests: new Map(requests).set(run, taken.key),
  }
  const wanted = lowestWanted(callers)
  return perform(change(reading, changes), { type: 'read', run, address, wanted, source })
}

function fill(step: Step, at: Moment): Step {
  let filled = step
  for (let next = beginNext(filled, at); next !== null; next = beginNext(filled, at)) filled = next
  return filled
}

/** What comes of an event. */
export function transition(state: FetcherState, event: FetcherEvent, at: Moment): Step {
  return fill(decide({ state, effects: [] }, event, at), at)
}
