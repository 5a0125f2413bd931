/** The pure part under random interleavings of whatever may happen. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EntryError } from '../../src/errors.ts'
import type { Effect, FetcherEvent, ReadResult } from '../../src/on-demand/events.ts'
import { countMisses, holdingMiss, MAX_MISS_BACK_OFF_MS } from '../../src/on-demand/misses.ts'
import {
  type FetcherState,
  initialState,
  type Limits,
  nextWake,
} from '../../src/on-demand/state.ts'
import { transition } from '../../src/on-demand/transition.ts'
import { ApiError, type ApiErrorCode } from '../../src/ports.ts'
import { addressOf } from '../engine/sessions.ts'
import { at } from '../vectors.ts'
import { sourceOf } from './world.ts'

type Ending =
  | { readonly kind: 'nothing' | 'broken' | 'crashed' }
  | { readonly kind: 'copy'; readonly from: number; readonly isRefused: boolean }
  | { readonly kind: 'error'; readonly code: ApiErrorCode; readonly retryAfterMs: number | null }

type Action =
  | { readonly kind: 'ask'; readonly number: number; readonly wanted: number | null }
  | { readonly kind: 'leave'; readonly position: number }
  | { readonly kind: 'end'; readonly position: number; readonly ending: Ending }
  | { readonly kind: 'wait'; readonly milliseconds: number }
  | { readonly kind: 'use'; readonly version: number | null }
  | { readonly kind: 'arrived' | 'retried'; readonly number: number }

const number = fc.nat({ max: 5 })
const index = fc.nat({ max: 3 })

const ending: fc.Arbitrary<Ending> = fc.oneof(
  fc.record({ kind: fc.constantFrom('nothing', 'nothing', 'broken', 'crashed') }),
  fc.record({ kind: fc.constant('copy'), from: index, isRefused: fc.boolean() }),
  fc.record({
    kind: fc.constant('error'),
    code: fc.constantFrom<ApiErrorCode>(
      'offline',
      'server_error',
      'rate_limited',
      'rejected',
      'unauthorized',
      'version_not_found',
    ),
    retryAfterMs: fc.option(fc.nat({ max: 5_000 }), { nil: null }),
  }),
)

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('ask' as const),
      number,
      wanted: fc.option(index, { nil: null }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('leave'), position: fc.nat() }) },
  { weight: 9, arbitrary: fc.record({ kind: fc.constant('end'), position: fc.nat(), ending }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      milliseconds: fc.constantFrom(0, 1, 999, 5_000, 60_000, 86_400_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('use' as const),
      version: fc.option(fc.integer({ min: 1, max: 2 }), { nil: null }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('arrived', 'retried'), number }),
  },
)

type Run = Extract<Effect, { readonly type: 'look' | 'read' | 'check' }>

/** A fetcher without a driver. */
interface Simulation {
  state: FetcherState
  now: number
  lastCaller: number
  /** What runs and has not ended. */
  readonly runs: Run[]
  /** Callers who wait, with the address that they ask for. */
  readonly waiting: Map<number, number>
  answers: number
}

const isSame = (first: readonly unknown[], second: readonly unknown[]): boolean =>
  JSON.stringify(first.toSorted()) === JSON.stringify(second.toSorted())

function expectSound({ state, runs, waiting, now }: Simulation): void {
  const { limits, jobs, lines, requests, misses } = state
  const out = runs.filter(({ type }) => type !== 'look')
  const reads = out.flatMap((run) => (run.type === 'read' ? [run.address.sessionId] : []))
  const queued = [...jobs].flatMap(([key, { phase }]) => (phase.kind === 'queued' ? [key] : []))
  const callers = [...jobs.values()].flatMap((job) => job.callers.map(({ id }) => id))
  const facts = {
    fewRequests: out.length <= limits.concurrency,
    fewWait: jobs.size <= limits.waiting,
    fewMisses: countMisses(misses) <= limits.misses,
    requestsAreKnown: isSame(
      out.map(({ run }) => run),
      [...requests.keys()],
    ),
    oneRequestForEach: new Set(reads).size === reads.length,
    linesAreOfTheQueued: isSame(
      lines.flatMap(({ keys }) => keys),
      queued,
    ),
    callersAreKnown: isSame(callers, [...waiting.keys()]),
    // Somebody who waits is waited for: by what runs, or by the clock.
    isLive: jobs.size === 0 || runs.length > 0 || nextWake(state, now) !== null,
    missesExpire: misses.every((bucket) =>
      [...bucket.keys()].every(
        (key) => holdingMiss(misses, key, now + MAX_MISS_BACK_OFF_MS) === null,
      ),
    ),
  }
  expect(Object.entries(facts).filter(([, isSo]) => !isSo)).toEqual([])
}

function send(simulation: Simulation, event: FetcherEvent): void {
  const { state, effects } = transition(simulation.state, event, {
    now: simulation.now,
    jitter: 0.5,
  })
  simulation.state = state
  for (const effect of effects) {
    if (effect.type === 'look' || effect.type === 'read' || effect.type === 'check')
      simulation.runs.push(effect)
    if (effect.type !== 'answer' && effect.type !== 'reject') continue
    // Exactly once: who is answered has waited until now.
    expect(simulation.waiting.delete(effect.callerId)).toBe(true)
    simulation.answers += 1
  }
  expectSound(simulation)
}

function failureOf(one: Ending): Extract<ReadResult, { kind: 'api_error' | 'crashed' }> | null {
  if (one.kind === 'crashed') return { kind: 'crashed', error: new TypeError('broken') }
  if (one.kind !== 'error') return null
  const { retryAfterMs } = one
  return {
    kind: 'api_error',
    error: new ApiError(one.code, 'The server says so', { retryAfterMs }),
  }
}

function readResult(one: Ending): ReadResult {
  const failure = failureOf(one)
  if (failure !== null) return failure
  if (one.kind === 'copy') {
    const { from, isRefused } = one
    const merged = isRefused ? 'refused' : 'added'
    return { kind: 'imported', merged, firstMessageIndex: from, from: isRefused ? null : from }
  }
  const error = new EntryError('mac_mismatch', 'The entry is broken')
  return one.kind === 'broken'
    ? { kind: 'undecryptable', reason: 'mac_mismatch', error }
    : { kind: 'absent' }
}

function endEvent(effect: Run, one: Ending): FetcherEvent {
  const { run } = effect
  switch (effect.type) {
    case 'look': {
      const { address } = effect
      const from = one.kind === 'copy' ? one.from : null
      return { type: 'looked', address, run, result: { kind: 'seen', from } }
    }
    case 'read':
      return { type: 'read', run, result: readResult(one) }
    case 'check': {
      const result = failureOf(one) ?? { kind: one.kind === 'broken' ? 'gone' : 'there' }
      return { type: 'checked', run, result }
    }
  }
}

function end(simulation: Simulation, position: number, one: Ending): void {
  const { runs } = simulation
  if (runs.length === 0) return
  const [effect] = runs.splice(position % runs.length, 1)
  if (effect !== undefined) send(simulation, endEvent(effect, one))
}

function ask(simulation: Simulation, asked: number, wanted: number | null): void {
  simulation.lastCaller += 1
  const id = simulation.lastCaller
  simulation.waiting.set(id, asked)
  send(simulation, { type: 'asked', address: addressOf(asked), caller: { id, wanted } })
}

function leave(simulation: Simulation, position: number): void {
  const { waiting } = simulation
  if (waiting.size === 0) return
  const [callerId, asked] = at([...waiting], position % waiting.size)
  waiting.delete(callerId)
  send(simulation, { type: 'left', address: addressOf(asked), callerId })
}

/** Time goes on, with every timer on its way. */
function wait(simulation: Simulation, milliseconds: number): void {
  const until = simulation.now + milliseconds
  for (;;) {
    const next = nextWake(simulation.state, simulation.now)
    if (next === null || next > until) break
    simulation.now = Math.max(simulation.now, next)
    send(simulation, { type: 'woken' })
  }
  simulation.now = until
}

function act(simulation: Simulation, one: Action): void {
  switch (one.kind) {
    case 'ask':
      ask(simulation, one.number, one.wanted)
      return
    case 'leave':
      leave(simulation, one.position)
      return
    case 'end':
      end(simulation, one.position, one.ending)
      return
    case 'wait':
      wait(simulation, one.milliseconds)
      return
    case 'use': {
      const source = one.version === null ? null : sourceOf(one.version)
      send(simulation, { type: 'source_given', source })
      return
    }
    case 'arrived':
    case 'retried':
      send(simulation, { type: one.kind, address: addressOf(one.number) })
  }
}

/** Everything ends, in any way: nobody is forgotten. */
function finish(simulation: Simulation, endings: readonly Ending[]): void {
  for (let round = 0; simulation.runs.length > 0 || simulation.state.jobs.size > 0; round += 1) {
    expect(round).toBeLessThan(500)
    if (simulation.runs.length > 0)
      end(simulation, round, endings[round] ?? { kind: 'copy', from: 0, isRefused: false })
    else wait(simulation, 60_000)
  }
  expect(simulation.waiting.size).toBe(0)
  expect([simulation.state.requests.size, simulation.state.lines.length]).toEqual([0, 0])
}

const limitsArbitrary: fc.Arbitrary<Limits> = fc.record({
  concurrency: fc.integer({ min: 1, max: 3 }),
  waiting: fc.integer({ min: 2, max: 6 }),
  misses: fc.integer({ min: 1, max: 3 }),
})

test('3000 random plans: one request a session, few at a time, one answer a caller, a bounded cache (D4, D8)', () => {
  const seen = { answers: 0, full: 0 }
  fc.assert(
    fc.property(
      limitsArbitrary,
      fc.array(action, { minLength: 5, maxLength: 60, size: 'max' }),
      fc.array(ending, { maxLength: 20 }),
      (limits, actions, endings) => {
        const state = { ...initialState(limits), source: sourceOf(1) }
        const waiting = new Map<number, number>()
        const simulation = { state, now: 0, lastCaller: 0, runs: [], waiting, answers: 0 }
        for (const one of actions) act(simulation, one)
        finish(simulation, endings)
        seen.answers += simulation.answers
        if (countMisses(simulation.state.misses) === limits.misses) seen.full += 1
      },
    ),
    { numRuns: 3_000, seed: 20_260_102 },
  )
  // The plans are worth running: many were answered, and caches were full.
  expect(seen.answers).toBeGreaterThan(6_000)
  expect(seen.full).toBeGreaterThan(300)
}, 60_000)
