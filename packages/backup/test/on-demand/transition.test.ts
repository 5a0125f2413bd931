import { describe, expect, test } from 'vitest'
import { EntryError } from '../../src/errors.ts'
import { addressKey } from '../../src/merge/address-key.ts'
import type { FetcherEvent, ReadResult } from '../../src/on-demand/events.ts'
import { countMisses, type Miss, missOf } from '../../src/on-demand/misses.ts'
import type { FetchOutcome } from '../../src/on-demand/outcome.ts'
import { type FetcherState, initialState, nextWake } from '../../src/on-demand/state.ts'
import type { Step } from '../../src/on-demand/step.ts'
import { transition } from '../../src/on-demand/transition.ts'
import { ApiError, type ApiErrorCode } from '../../src/ports.ts'
import { addressOf } from '../engine/sessions.ts'
import { sourceOf } from './world.ts'

const address = addressOf(0)
const key = addressKey(address)
const start: FetcherState = { ...initialState(), source: sourceOf(1) }

function play(state: FetcherState, events: readonly FetcherEvent[], now = 0): Step {
  return events.reduce<Step>((step, event) => transition(step.state, event, { now, jitter: 0 }), {
    state,
    effects: [],
  })
}

const asked = (id: number, wanted: number | null = null): FetcherEvent => ({
  type: 'asked',
  address,
  caller: { id, wanted },
})
const looked = (run: number, from: number | null = null): FetcherEvent => ({
  type: 'looked',
  address,
  run,
  result: { kind: 'seen', from },
})
const read = (run: number, result: ReadResult): FetcherEvent => ({ type: 'read', run, result })
const answer = (callerId: number, outcome: FetchOutcome) => ({ type: 'answer', callerId, outcome })
const api = (code: ApiErrorCode, retryAfterMs: number | null = null) => ({
  kind: 'api_error' as const,
  error: new ApiError(code, 'The server says so', { retryAfterMs }),
})

/** Asked for message 10 by caller 1; run 1 looked in vain, and run 2 is the request. */
const reading = play(start, [asked(1, 10), looked(1)]).state
/** The server knows no such key; run 3 asks for the version. */
const verifying = play(reading, [read(2, { kind: 'absent' })]).state

const error = new EntryError('mac_mismatch', 'The entry is broken')
const imported = (
  firstMessageIndex: number,
  from: number | null,
  merged: Extract<ReadResult, { kind: 'imported' }>['merged'] = 'added',
): ReadResult => ({ kind: 'imported', merged, firstMessageIndex, from })

test('a question looks into the store, then asks the server for what all want', () => {
  expect(play(start, [asked(1, 10)]).effects).toEqual([{ type: 'look', run: 1, address }])
  const { effects } = play(start, [asked(1, 10), asked(2), asked(3, 4), looked(1, 30)])
  expect(effects).toEqual([
    answer(2, { status: 'held', firstMessageIndex: 30 }),
    { type: 'read', run: 2, address, wanted: 4, source: sourceOf(1) },
  ])
})

interface Row {
  readonly what: string
  readonly result: ReadResult
  readonly outcome: FetchOutcome
  /** What is remembered, or nothing. */
  readonly miss: readonly Partial<Miss>[]
}

const rows: readonly Row[] = [
  {
    what: 'held',
    result: { kind: 'held', from: 3 },
    outcome: { status: 'held', firstMessageIndex: 3 },
    miss: [],
  },
  {
    what: 'restored',
    result: imported(10, 10),
    outcome: { status: 'restored', merged: 'added', firstMessageIndex: 10 },
    miss: [],
  },
  {
    what: 'restored beside a conflicting one',
    result: imported(20, 4, 'kept_conflicting'),
    outcome: { status: 'restored', merged: 'kept_conflicting', firstMessageIndex: 4 },
    miss: [],
  },
  {
    what: 'too late',
    result: imported(11, 11),
    outcome: { status: 'starts_too_late', merged: 'added', firstMessageIndex: 11 },
    miss: [{ because: 'starts_too_late', from: 11, attempts: 1, retryAt: 60_000 }],
  },
  {
    what: 'refused, and the store has enough',
    result: imported(0, 9, 'refused'),
    outcome: { status: 'held', firstMessageIndex: 9 },
    miss: [],
  },
  {
    what: 'refused',
    result: imported(0, 12, 'refused'),
    outcome: { status: 'refused' },
    miss: [{ because: 'refused', from: null }],
  },
  {
    what: 'undecryptable',
    result: { kind: 'undecryptable', reason: 'mac_mismatch', error },
    outcome: { status: 'failed', reason: 'mac_mismatch', error },
    miss: [{ because: 'undecryptable', from: null }],
  },
]

test.each(rows)('a request ends: $what', ({ result, outcome, miss }) => {
  const { state, effects } = play(reading, [read(2, result)])
  expect(effects).toEqual([answer(1, outcome)])
  expect(state.jobs.size + state.requests.size + state.lines.length).toBe(0)
  const remembered = state.misses.flatMap((bucket) => [...bucket])
  expect(remembered).toMatchObject(miss.map((one) => [key, one]))
  expect(remembered).toHaveLength(miss.length)
})

const codes: readonly (readonly [ApiErrorCode, 'again' | 'pause' | 'ends' | 'missed'])[] = [
  ['offline', 'again'],
  ['timeout', 'again'],
  ['server_error', 'again'],
  ['rate_limited', 'pause'],
  ['unauthorized', 'ends'],
  ['rejected', 'missed'],
  ['bad_answer', 'missed'],
  ['too_large', 'missed'],
  ['wrong_version', 'missed'],
]

test.each(codes)('%s: %s', (code, consequence) => {
  const failure = api(code, code === 'rate_limited' ? 7_000 : null)
  const { state, effects } = play(reading, [read(2, failure)])
  const isOver = consequence === 'ends' || consequence === 'missed'
  expect(effects).toEqual(
    isOver ? [answer(1, { status: 'unavailable', error: failure.error })] : [],
  )
  expect(state.jobs.size).toBe(isOver ? 0 : 1)
  expect(missOf(state.misses, key)?.because).toBe(consequence === 'missed' ? 'rejected' : undefined)
  expect(state.pausedUntil).toBe(consequence === 'pause' ? 7_000 : null)
  expect(nextWake(state, 0)).toBe(
    { again: 1_000, pause: 7_000, ends: null, missed: null }[consequence],
  )
})

test('what helps nothing three times is answered, and not remembered as missing', () => {
  const first = play(reading, [read(2, api('offline'))])
  const second = play(first.state, [{ type: 'woken' }], 1_000)
  expect(second.effects).toMatchObject([{ type: 'read', run: 3 }])
  const third = play(second.state, [read(3, api('timeout'))], 1_000)
  expect(nextWake(third.state, 1_000)).toBe(3_000)
  const last = play(third.state, [{ type: 'woken' }, read(4, api('offline'))], 3_000)
  expect(last.effects).toMatchObject([{ type: 'answer', outcome: { status: 'unavailable' } }])
  expect(countMisses(last.state.misses)).toBe(0)
})

describe('no such key', () => {
  const there: FetcherEvent = { type: 'checked', run: 3, result: { kind: 'there' } }

  test('is believed when the version is there', () => {
    expect(play(reading, [read(2, { kind: 'absent' })]).effects).toEqual([
      { type: 'check', run: 3, version: sourceOf(1).version },
    ])
    const { state, effects } = play(verifying, [there], 500)
    expect(effects).toEqual([answer(1, { status: 'not_in_backup' })])
    expect(missOf(state.misses, key)).toMatchObject({ because: 'not_in_backup', retryAt: 60_500 })
    expect(state.versionSeenAt).toBe(500)
  })

  test.each<readonly [string, FetcherEvent]>([
    ['the check', { type: 'checked', run: 3, result: { kind: 'gone' } }],
    ['an error of the check', { type: 'checked', run: 3, result: api('version_not_found') }],
  ])('is not believed when %s says that the version is gone', (_, event) => {
    const { state, effects } = play(verifying, [event])
    expect(effects).toEqual([
      { type: 'tell_version_gone', version: sourceOf(1).version },
      answer(1, { status: 'no_backup', because: 'version_gone' }),
    ])
    expect([countMisses(state.misses), state.source]).toEqual([0, null])
    const again = play(state, [asked(2), looked(4)])
    expect(again.effects).toEqual([answer(2, { status: 'no_backup', because: 'version_gone' })])
  })

  test('waits for a check that failed, without a miss', () => {
    const { state } = play(verifying, [{ type: 'checked', run: 3, result: api('offline') }])
    expect([state.jobs.get(key)?.phase, countMisses(state.misses)]).toEqual([
      { kind: 'waiting', until: 1_000 },
      0,
    ])
    const { state: refused, effects } = play(verifying, [
      { type: 'checked', run: 3, result: api('rejected') },
    ])
    expect(effects).toMatchObject([{ type: 'answer', outcome: { status: 'unavailable' } }])
    expect(countMisses(refused.misses)).toBe(0)
  })
})

describe('who comes while a request is under way', () => {
  test('is answered by it, each by the own index', () => {
    const { effects } = play(reading, [asked(2, 3), asked(3), read(2, imported(5, 5))])
    const restored: FetchOutcome = { status: 'restored', merged: 'added', firstMessageIndex: 5 }
    expect(effects).toEqual([
      answer(1, restored),
      answer(2, { status: 'starts_too_late', merged: 'added', firstMessageIndex: 5 }),
      answer(3, restored),
    ])
  })

  test('and wants more than the store turned out to have, makes another', () => {
    const { state, effects } = play(reading, [asked(2, 3), read(2, { kind: 'held', from: 7 })])
    expect(effects).toMatchObject([
      answer(1, { status: 'held', firstMessageIndex: 7 }),
      { type: 'read', run: 3, wanted: 3 },
    ])
    // What the store has by now is enough for somebody else.
    expect(play(state, [asked(4, 8)]).effects).toEqual([
      answer(4, { status: 'held', firstMessageIndex: 7 }),
    ])
  })

  test('has it, while another one is left, and the last one takes it along', () => {
    const leaves = (callerId: number): FetcherEvent => ({ type: 'left', address, callerId })
    const joined = play(reading, [asked(2, 3), leaves(1), leaves(1), leaves(9)])
    expect([joined.effects, joined.state.jobs.get(key)?.callers]).toEqual([
      [],
      [{ id: 2, wanted: 3 }],
    ])
    const left = play(joined.state, [leaves(2)])
    expect(left.effects).toEqual([{ type: 'cancel', run: 2 }])
    // Its place is taken until it has ended, and so is its address.
    const again = play(left.state, [asked(3, 3), looked(3)])
    expect([again.effects, again.state.requests.size]).toEqual([[], 1])
    const ended = play(again.state, [read(2, { kind: 'absent' })])
    expect(ended.effects).toMatchObject([{ type: 'read', run: 4 }])
  })
})

describe('the negative cache', () => {
  const missed = play(verifying, [{ type: 'checked', run: 3, result: { kind: 'there' } }]).state
  const backingOff: FetchOutcome = {
    status: 'backing_off',
    because: 'not_in_backup',
    retryInMs: 20_000,
  }

  test('answers until it expires', () => {
    expect(play(missed, [asked(2), looked(4)], 40_000).effects).toEqual([answer(2, backingOff)])
    expect(play(missed, [asked(2), looked(4)], 60_000).effects).toMatchObject([{ type: 'read' }])
  })

  test('is behind the store', () => {
    expect(play(missed, [asked(2, 5), looked(4, 5)], 40_000).effects).toEqual([
      answer(2, { status: 'held', firstMessageIndex: 5 }),
    ])
  })

  test.each<readonly [string, FetcherEvent]>([
    ['retry', { type: 'retried', address }],
    ['a key that arrived', { type: 'arrived', address }],
    ['another version', { type: 'source_given', source: sourceOf(2) }],
    ['another key', { type: 'source_given', source: sourceOf(1, 1) }],
  ])('is reset by %s', (_, event) => {
    const { state } = play(missed, [event], 40_000)
    expect(countMisses(state.misses)).toBe(0)
    expect(play(state, [asked(2), looked(4)], 40_000).effects).toMatchObject([{ type: 'read' }])
  })

  test('is not reset by the same version and key', () => {
    const { state } = play(missed, [{ type: 'source_given', source: sourceOf(1) }], 40_000)
    expect(state).toBe(missed)
  })

  test('of a copy that begins too late concerns earlier messages alone', () => {
    const { state } = play(reading, [read(2, imported(50, 50))])
    const asking = play(state, [asked(2, 49), asked(3, 50), asked(4), looked(3)], 1_000)
    const tooLate = { because: 'starts_too_late', retryInMs: 59_000 } as const
    expect(asking.effects).toMatchObject([
      answer(2, { status: 'backing_off', ...tooLate }),
      { type: 'read', wanted: 50 },
    ])
  })
})

describe('another source', () => {
  test('serves who waits, from the start', () => {
    const { state, effects } = play(reading, [{ type: 'source_given', source: sourceOf(2) }])
    expect(effects).toEqual([{ type: 'cancel', run: 2 }])
    // What the old one still gives concerns nobody.
    const ended = play(state, [read(2, imported(0, 0))])
    expect(ended.effects).toMatchObject([{ type: 'read', run: 3, source: sourceOf(2) }])
    const checked = play(verifying, [{ type: 'source_given', source: sourceOf(2) }])
    expect(checked.effects).toMatchObject([
      { type: 'cancel', run: 3 },
      { type: 'read', source: sourceOf(2) },
    ])
    const late = play(checked.state, [{ type: 'checked', run: 3, result: { kind: 'gone' } }])
    expect([late.effects, late.state.source]).toEqual([[], sourceOf(2)])
  })

  test('none answers all, and those who still look when they have looked', () => {
    const none: FetcherEvent = { type: 'source_given', source: null }
    const outcome: FetchOutcome = { status: 'no_backup', because: 'no_key' }
    expect(play(reading, [none]).effects).toEqual([{ type: 'cancel', run: 2 }, answer(1, outcome)])
    expect(play(start, [asked(1), none]).effects).toEqual([])
    expect(play(start, [asked(1), none, looked(1)]).effects).toEqual([answer(1, outcome)])
    expect(play(start, [asked(1), none, looked(1, 0)]).effects).toEqual([
      answer(1, { status: 'held', firstMessageIndex: 0 }),
    ])
  })
})

describe('a key that arrives', () => {
  const arrived: FetcherEvent = { type: 'arrived', address }

  test.each<readonly [string, FetcherState]>([
    ['reading', reading],
    ['verifying', verifying],
    ['waiting', play(reading, [read(2, api('offline'))]).state],
    ['looking', play(start, [asked(1, 10)]).state],
  ])('is looked for while %s, and is enough', (_, state) => {
    const run = state.lastRun + 1
    const step = play(state, [arrived])
    expect(step.effects).toContainEqual({ type: 'look', run, address })
    expect(play(step.state, [looked(run, 2)]).effects).toEqual([
      answer(1, { status: 'held', firstMessageIndex: 2 }),
    ])
  })

  test('begins too late, and the server is asked as before', () => {
    const step = play(reading, [arrived, read(2, { kind: 'absent' }), looked(3, 11)])
    expect(step.effects).toMatchObject([{ type: 'read', run: 4, wanted: 10 }])
  })
})

test('a retry does not wait for the next attempt', () => {
  const { state } = play(reading, [read(2, api('offline'))])
  expect(play(state, [{ type: 'retried', address }]).effects).toMatchObject([
    { type: 'read', run: 3 },
  ])
})

test('no more than the limit waits', () => {
  const other = addressOf(1)
  const { effects } = play({ ...start, limits: { ...start.limits, waiting: 1 } }, [
    asked(1),
    { type: 'asked', address: other, caller: { id: 2, wanted: null } },
  ])
  expect(effects).toEqual([answer(2, { status: 'queue_full' })])
})

test('what breaks is told to all who wait', () => {
  const broken = new TypeError('broken')
  expect(play(reading, [asked(2), { type: 'crashed', error: broken }]).effects).toEqual([
    { type: 'cancel', run: 2 },
    { type: 'reject', callerId: 1, error: broken },
    { type: 'reject', callerId: 2, error: broken },
  ])
  expect(play(reading, [read(2, { kind: 'crashed', error: broken })]).effects).toEqual([
    { type: 'reject', callerId: 1, error: broken },
  ])
})
