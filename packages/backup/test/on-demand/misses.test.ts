import { roomId } from '@roomkeys/types'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { drop, join, type Lines, take } from '../../src/on-demand/lines.ts'
import {
  FIRST_MISS_BACK_OFF_MS,
  holdingMiss,
  MAX_MISS_BACK_OFF_MS,
  MAX_MISSES,
  missBackOffMs,
  missOf,
  NO_MISSES,
  countMisses,
  type Misses,
  noteMiss,
} from '../../src/on-demand/misses.ts'

const missing = { because: 'not_in_backup', from: null } as const

function note(misses: Misses, key: string, now: number): Misses {
  return noteMiss(misses, { ...missing, key, limit: MAX_MISSES }, { now, jitter: 0 })
}

const keysOf = (misses: Misses): readonly string[] => misses.flatMap((bucket) => [...bucket.keys()])

test.each([
  [1, 60_000],
  [2, 120_000],
  [3, 240_000],
  [11, 61_440_000],
  [12, MAX_MISS_BACK_OFF_MS],
  [10_000, MAX_MISS_BACK_OFF_MS],
])('after %i misses in a row the back-off is %i ms, less up to a quarter', (attempts, delay) => {
  expect(missBackOffMs(attempts, 0)).toBe(delay)
  expect(missBackOffMs(attempts, 0.5)).toBe(delay * 0.875)
  expect(missBackOffMs(attempts, 0.999)).toBeGreaterThan(delay * 0.75)
})

test('a full cache loses one miss for a new one, and all others stay (D4)', () => {
  let misses = NO_MISSES
  for (let number = 0; number < MAX_MISSES; number += 1)
    misses = note(misses, String(number), number)
  expect(countMisses(misses)).toBe(MAX_MISSES)
  misses = note(misses, 'new', MAX_MISSES)
  expect(countMisses(misses)).toBe(MAX_MISSES)
  const held = keysOf(misses).filter((key) => holdingMiss(misses, key, MAX_MISSES) !== null)
  expect(held).toHaveLength(MAX_MISSES)
  // The one that would have been asked for again first.
  expect(missOf(misses, '0')).toBeUndefined()
  expect(missOf(misses, '1')).toBeDefined()
}, 60_000)

test('a miss holds until its time, and is forgotten in the end (D8)', () => {
  const once = note(NO_MISSES, 'a', 1_000)
  expect(holdingMiss(once, 'a', 1_000 + FIRST_MISS_BACK_OFF_MS - 1)).not.toBeNull()
  expect(holdingMiss(once, 'a', 1_000 + FIRST_MISS_BACK_OFF_MS)).toBeNull()
  // Again in vain: twice as long.
  const later = 1_000 + FIRST_MISS_BACK_OFF_MS
  const twice = note(once, 'a', later)
  expect(missOf(twice, 'a')).toMatchObject({ attempts: 2, retryAt: later + 120_000 })
  // Long after: as if it were the first time, and it makes room before any other.
  const end = later + 120_000 + MAX_MISS_BACK_OFF_MS
  expect(missOf(note(twice, 'a', end), 'a')).toMatchObject({ attempts: 1 })
  const full = noteMiss(twice, { ...missing, key: 'b', limit: 1 }, { now: end, jitter: 0 })
  expect(keysOf(full)).toEqual(['b'])
})

test('whatever is missed, the cache keeps its bound, and each miss expires', () => {
  const event = fc.record({ key: fc.nat({ max: 8 }), wait: fc.nat({ max: 200_000_000 }) })
  fc.assert(
    fc.property(fc.array(event), fc.integer({ min: 1, max: 5 }), (events, limit) => {
      let misses = NO_MISSES
      let now = 0
      for (const { key, wait } of events) {
        now += wait
        misses = noteMiss(misses, { ...missing, key: String(key), limit }, { now, jitter: 0 })
        expect(countMisses(misses)).toBeLessThanOrEqual(limit)
        expect(holdingMiss(misses, String(key), now)).not.toBeNull()
        for (const one of keysOf(misses))
          expect(holdingMiss(misses, one, now + MAX_MISS_BACK_OFF_MS)).toBeNull()
      }
    }),
  )
})

describe('lines', () => {
  const [a, b] = [roomId('!a:example.org'), roomId('!b:example.org')]
  const lines: Lines = join(join(join(join([], a, 'a1'), a, 'a2'), a, 'a3'), b, 'b1')

  function order(start: Lines, mayGo: (key: string) => boolean = () => true): readonly string[] {
    const taken = take(start, mayGo)
    return taken === null ? [] : [taken.key, ...order(taken.lines, mayGo)]
  }

  test('rooms take turns, and in a room the first comes first', () => {
    expect(order(lines)).toEqual(['a1', 'b1', 'a2', 'a3'])
    expect(order(join(lines, b, 'b2'))).toEqual(['a1', 'b1', 'a2', 'b2', 'a3'])
  })

  test('what may not go holds up nobody and keeps its place', () => {
    expect(order(lines, (key) => key !== 'a1')).toEqual(['a2', 'b1', 'a3'])
    expect(take(lines, () => false)).toBeNull()
  })

  test('what left is not taken', () => {
    expect(order(drop(lines, a, 'a2'))).toEqual(['a1', 'b1', 'a3'])
    expect(drop(drop(lines, b, 'b1'), b, 'b1')).toEqual([{ roomId: a, keys: ['a1', 'a2', 'a3'] }])
  })
})
