import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareKeys, replaces } from './keep-or-replace.ts'
import type { KeyMetadata } from './key-backup-data.ts'

type Triple = readonly [verified: boolean, firstMessageIndex: number, forwardedCount: number]

function metadata([verified, firstMessageIndex, forwardedCount]: Triple): KeyMetadata {
  return {
    is_verified: verified,
    first_message_index: firstMessageIndex,
    forwarded_count: forwardedCount,
  }
}

const T = true
const F = false

describe('whether an incoming key replaces the stored one', () => {
  const cases = [
    ['B1', [F, 10, 5], [F, 9, 9], true],
    ['B2', [F, 10, 5], [F, 11, 0], false],
    ['B3', [F, 0, 1], [F, 5, 0], false],
    ['B4', [T, 10, 5], [F, 0, 0], false],
    ['B5', [F, 10, 5], [T, 11, 9], true],
    ['B6', [T, 10, 5], [F, 11, 4], false],
    ['B7', [F, 10, 5], [F, 10, 4], true],
    ['B8', [F, 10, 5], [F, 10, 5], false],
    ['B9, lower index', [T, 10, 5], [T, 9, 5], true],
    ['B9, lower count', [T, 10, 5], [T, 10, 4], true],
    ['B10', [T, 10, 5], [F, 10, 5], false],
    ['C1, higher index', [F, 10, 5], [F, 11, 5], false],
    ['C1, higher count', [F, 10, 5], [F, 10, 6], false],
    ['C1, both', [F, 10, 5], [F, 11, 6], false],
    ['C2, unverified, higher index', [T, 10, 5], [F, 11, 5], false],
    ['C2, unverified, higher count', [T, 10, 5], [F, 10, 6], false],
    ['C2, unverified, both', [T, 10, 5], [F, 11, 6], false],
    ['C2, verified, higher index', [T, 10, 5], [T, 11, 5], false],
    ['C2, verified, higher count', [T, 10, 5], [T, 10, 6], false],
    ['C2, verified, both', [T, 10, 5], [T, 11, 6], false],
  ] as const

  test.each(cases.map(([name, ...copies]) => ({ name, copies })))('$name', ({ copies }) => {
    const [stored, incoming, replaced] = copies
    expect(replaces(metadata(incoming), metadata(stored))).toBe(replaced)
  })
})

/** Small numbers for ties, and the largest that the wire allows. */
const integer = fc.oneof(fc.nat(3), fc.maxSafeNat())
const key = fc.tuple(fc.boolean(), integer, integer).map(metadata)

describe('the order of keys', () => {
  test('is irreflexive: no key replaces its like', () => {
    fc.assert(
      fc.property(key, (a) => {
        expect(compareKeys(a, { ...a })).toBe(0)
        expect(replaces(a, { ...a })).toBe(false)
      }),
    )
  })

  test('is antisymmetric, and total up to ties of all three criteria', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(Math.sign(compareKeys(a, b)) + Math.sign(compareKeys(b, a))).toBe(0)
        const tie = JSON.stringify(a) === JSON.stringify(b)
        expect([replaces(a, b), replaces(b, a)].filter(Boolean)).toHaveLength(tie ? 0 : 1)
      }),
    )
  })

  test('is transitive', () => {
    fc.assert(
      fc.property(fc.tuple(key, key, key), (keys) => {
        const [a, b, c] = keys.toSorted(compareKeys)
        if (a === undefined || b === undefined || c === undefined) throw new TypeError('three keys')
        expect(compareKeys(a, b)).toBeLessThanOrEqual(0)
        expect(compareKeys(b, c)).toBeLessThanOrEqual(0)
        expect(compareKeys(a, c)).toBeLessThanOrEqual(0)
        expect(replaces(a, c)).toBe(replaces(a, b) || replaces(b, c))
      }),
    )
  })

  test('never lets a later criterion outweigh an earlier one', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(replaces({ ...a, is_verified: true }, { ...b, is_verified: false })).toBe(true)
        const alike = { ...b, is_verified: a.is_verified }
        const lower = { ...a, first_message_index: 3 }
        expect(replaces(lower, { ...alike, first_message_index: 4 })).toBe(true)
      }),
    )
  })

  test('keeps the same best copy in whatever order copies arrive', () => {
    fc.assert(
      fc.property(
        fc
          .array(key, { minLength: 1, maxLength: 6 })
          .chain((copies) =>
            fc.tuple(
              fc.constant(copies),
              fc.shuffledSubarray(copies, { minLength: copies.length }),
            ),
          ),
        ([copies, shuffled]) => {
          const keep = (stored: KeyMetadata, incoming: KeyMetadata) =>
            replaces(incoming, stored) ? incoming : stored
          const best = copies.reduce(keep)
          expect(shuffled.reduce(keep)).toEqual(best)
          expect(copies.every((copy) => !replaces(copy, best))).toBe(true)
        },
      ),
    )
  })

  test('looks at nothing but the three criteria', () => {
    const stored = { ...metadata([F, 1, 1]), session_data: { a: 1 }, unsigned: { backup_mac: 'x' } }
    const incoming = { ...metadata([F, 1, 1]), session_data: { b: 2 } }
    expect(replaces(incoming, stored)).toBe(false)
    expect(replaces(stored, incoming)).toBe(false)
  })
})
