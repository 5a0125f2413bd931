/** The fetcher with driver, store and merge under random plans, against a server whose truth is known. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addressKey } from '../../src/merge/address-key.ts'
import { type FetchOutcome, MAX_MISS_BACK_OFF_MS, VERSION_SEEN_MS } from '../../src/on-demand.ts'
import { ApiError, type ApiErrorCode } from '../../src/ports.ts'
import { add, addressOf } from '../engine/sessions.ts'
import { at } from '../vectors.ts'
import { settled } from './clock.ts'
import {
  BROKEN_ENTRY,
  createWorld,
  entryData,
  type PendingCall,
  sourceOf,
  type World,
} from './world.ts'

const SESSIONS = [0, 1, 2, 3, 4]

/** What a version has of a session: nothing, something broken, or a copy from an index on. */
type Entry = null | 'broken' | number

interface Plan {
  readonly concurrency: number
  readonly obedience: 'prompt' | 'slow'
  /** By version, then by session. */
  readonly entries: readonly (readonly Entry[])[]
  readonly actions: readonly Action[]
}

type Action =
  | { readonly kind: 'ask' | 'retry'; readonly number: number; readonly index: number | undefined }
  | { readonly kind: 'abort' | 'answer'; readonly position: number }
  | { readonly kind: 'fail'; readonly position: number; readonly code: ApiErrorCode }
  | { readonly kind: 'advance'; readonly milliseconds: number }
  | { readonly kind: 'use'; readonly version: number | null }
  | { readonly kind: 'delete_version' }
  | { readonly kind: 'arrive'; readonly number: number; readonly index: number }

const number = fc.constantFrom(...SESSIONS)
const index = fc.constantFrom(0, 2, 5)

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom('ask' as const, 'ask' as const, 'retry' as const),
      number,
      index: fc.option(index, { nil: undefined }),
    }),
  },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('answer' as const), position: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('abort' as const), position: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('fail' as const),
      position: fc.nat(),
      code: fc.constantFrom<ApiErrorCode>('offline', 'rate_limited', 'rejected', 'unauthorized'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('advance' as const),
      milliseconds: fc.constantFrom(500, 4_000, 60_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('use' as const),
      version: fc.constantFrom(1, 2, 2, null),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete_version' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('arrive' as const), number, index }) },
)

const entriesArbitrary = fc.array(fc.constantFrom<Entry>(null, null, 'broken', 0, 2, 5), {
  minLength: SESSIONS.length,
  maxLength: SESSIONS.length,
})

const planArbitrary: fc.Arbitrary<Plan> = fc.record({
  concurrency: fc.integer({ min: 1, max: 3 }),
  obedience: fc.constantFrom('prompt', 'slow'),
  entries: fc.tuple(entriesArbitrary, entriesArbitrary),
  actions: fc.array(action, { minLength: 4, maxLength: 40, size: 'max' }),
})

interface Life extends World {
  readonly plan: Plan
  /** When versions were deleted. */
  readonly deleted: Map<number, number>
  readonly callers: {
    readonly controller: AbortController
    readonly number: number
    readonly index: number | undefined
    settlements: number
  }[]
  readonly outcomes: Map<FetchOutcome['status'], number>
}

function entryOf({ plan }: Life, version: number, session: number): Entry {
  return at(at(plan.entries, version - 1), session)
}

/** What the store decrypts from. */
async function heldFrom({ store }: Life, session: number): Promise<number> {
  const held = await store.get(addressOf(session))
  const indexes = held?.copies.map(({ origins }) => at(origins, 0).fromIndex) ?? []
  return Math.min(Infinity, ...indexes)
}

/** Whether what a caller was told is so. */
async function isTrue(
  life: Life,
  outcome: FetchOutcome,
  { session, wanted }: { readonly session: number; readonly wanted: number | undefined },
): Promise<boolean> {
  const entries = [1, 2].map((version) => entryOf(life, version, session))
  switch (outcome.status) {
    case 'held':
    case 'restored':
      return (await heldFrom(life, session)) <= (wanted ?? Number.MAX_SAFE_INTEGER)
    case 'starts_too_late':
      return wanted !== undefined && outcome.firstMessageIndex > wanted
    case 'failed':
      return entries.includes('broken')
    case 'not_in_backup': {
      const lately = life.clock.now() - VERSION_SEEN_MS
      return entries.includes(null) || [...life.deleted.values()].some((then) => then >= lately)
    }
    case 'no_backup':
    case 'backing_off':
    case 'unavailable':
      return true
    // Nothing here conflicts, and few wait.
    case 'refused':
    case 'queue_full':
      return false
  }
}

async function watch(life: Life, asked: Promise<FetchOutcome>, position: number): Promise<void> {
  const caller = at(life.callers, position)
  const outcome = await asked.catch((error: unknown) => {
    if (error !== caller.controller.signal.reason) throw error
    return null
  })
  caller.settlements += 1
  if (outcome === null) return
  const question = { session: caller.number, wanted: caller.index }
  expect([outcome, await isTrue(life, outcome, question)]).toEqual([outcome, true])
  life.outcomes.set(outcome.status, (life.outcomes.get(outcome.status) ?? 0) + 1)
}

/** Watched callers; a failed expectation of one fails the plan. */
type Watching = Promise<void>[]

function ask(life: Life, one: Extract<Action, { readonly kind: 'ask' | 'retry' }>): Promise<void> {
  const controller = new AbortController()
  life.callers.push({ controller, number: one.number, index: one.index, settlements: 0 })
  const options = {
    signal: controller.signal,
    ...(one.index === undefined ? {} : { messageIndex: one.index }),
  }
  const { fetcher } = life
  const call = one.kind === 'ask' ? fetcher.fetch : fetcher.retry
  return watch(life, call(addressOf(one.number), options), life.callers.length - 1)
}

/** The server tells the truth. */
function answer(life: Life, call: PendingCall): void {
  const version = Number(call.version)
  const isThere = !life.deleted.has(version)
  if (call.operation === 'readVersion') {
    call.resolve(isThere ? {} : null)
    return
  }
  const session = SESSIONS.find((one) => addressKey(addressOf(one)) === call.key)
  if (session === undefined) throw new TypeError('Nobody asked for this session')
  const entry = isThere ? entryOf(life, version, session) : null
  if (entry === null) call.resolve(null)
  else if (entry === 'broken') call.resolve(BROKEN_ENTRY)
  else call.resolve(entryData(session, { index: entry, truth: 'genuine' }))
}

function pendingAt({ server: { pending } }: Life, position: number): PendingCall {
  return at(pending, position % pending.length)
}

function expectFew({ server, plan }: Life): void {
  expect(server.pending.length).toBeLessThanOrEqual(plan.concurrency)
  const keys = server.pending.flatMap(({ operation, key }) =>
    operation === 'readKey' ? [key] : [],
  )
  expect(new Set(keys).size).toBe(keys.length)
}

async function act(life: Life, one: Action, watching: Watching): Promise<void> {
  const { server, fetcher, clock, store, callers, deleted } = life
  switch (one.kind) {
    case 'ask':
    case 'retry':
      watching.push(ask(life, one))
      return
    case 'abort':
      callers[one.position % Math.max(1, callers.length)]?.controller.abort()
      return
    case 'answer':
      if (server.pending.length > 0) answer(life, pendingAt(life, one.position))
      return
    case 'fail':
      if (server.pending.length > 0)
        pendingAt(life, one.position).reject(
          new ApiError(one.code, 'The server says so', { retryAfterMs: 700 }),
        )
      return
    case 'advance':
      await clock.advance(one.milliseconds)
      return
    case 'use':
      fetcher.use(one.version === null ? null : sourceOf(one.version))
      return
    case 'delete_version':
      deleted.set(1, deleted.get(1) ?? clock.now())
      return
    case 'arrive':
      await add(store, one.number, {
        index: one.index,
        truth: 'genuine',
        provenance: { kind: 'direct' },
      })
      fetcher.keyArrived(addressOf(one.number))
  }
}

/** Answers all that is asked, until nobody waits. */
async function drain(life: Life): Promise<void> {
  const { server, clock, callers } = life
  for (let round = 0; callers.some(({ settlements }) => settlements === 0); round += 1) {
    expect(round).toBeLessThan(200)
    await settled()
    expectFew(life)
    const [call] = server.pending
    if (call === undefined) await clock.advance(10_000)
    else answer(life, call)
  }
  for (const call of [...server.pending]) answer(life, call)
  await settled()
  expect([server.pending.length, clock.sleepers()]).toEqual([0, 0])
}

/** A day later whatever was missed is asked for again. */
async function expectExpired(life: Life): Promise<void> {
  const { fetcher, clock, server } = life
  fetcher.use(sourceOf(2))
  await clock.advance(MAX_MISS_BACK_OFF_MS)
  for (const session of SESSIONS) {
    const held = await heldFrom(life, session)
    const before = server.calls.length
    const asked = fetcher.fetch(addressOf(session), { messageIndex: 0 })
    await settled()
    while (server.pending.length > 0) {
      answer(life, at(server.pending, 0))
      await settled()
    }
    await asked
    const keys = server.calls.slice(before).map(({ key }) => key)
    expect(keys.includes(addressKey(addressOf(session)))).toBe(held > 0)
  }
}

async function run(plan: Plan): Promise<Life> {
  const { concurrency, obedience } = plan
  const life: Life = {
    ...createWorld({ concurrency, obedience }),
    plan,
    deleted: new Map(),
    callers: [],
    outcomes: new Map(),
  }
  const watching: Watching = []
  for (const one of plan.actions) {
    await act(life, one, watching)
    await settled()
    expectFew(life)
  }
  await drain(life)
  await Promise.all(watching)
  expect(life.callers.map(({ settlements }) => settlements)).toEqual(life.callers.map(() => 1))
  await expectExpired(life)
  return life
}

test('1500 random plans: few requests, true answers, one for each caller, and no rejection is left', async () => {
  const unhandled: unknown[] = []
  const note = (reason: unknown): void => void unhandled.push(reason)
  process.on('unhandledRejection', note)
  const seen = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(planArbitrary, async (plan) => {
      const { outcomes } = await run(plan)
      for (const [status, count] of outcomes) seen.set(status, (seen.get(status) ?? 0) + count)
    }),
    { numRuns: 1_500, seed: 20_260_103 },
  )
  await settled()
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
  // The plans are worth running: everything that may be told was told.
  expect([...seen.keys()].toSorted()).toEqual(
    [
      'backing_off',
      'failed',
      'held',
      'no_backup',
      'not_in_backup',
      'restored',
      'starts_too_late',
      'unavailable',
    ].toSorted(),
  )
  expect(Math.min(...seen.values())).toBeGreaterThan(50)
}, 120_000)
