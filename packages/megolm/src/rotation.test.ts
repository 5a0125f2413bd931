import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  DEFAULT_ROTATION,
  MAX_ROTATION,
  MIN_ROTATION,
  needsRotation,
  rotationPolicyOf,
} from './rotation.ts'

const WEEK = 7 * 24 * 3600 * 1000

test('the defaults are a week and a hundred messages', () => {
  expect(DEFAULT_ROTATION).toEqual({ rotation_period_ms: WEEK, rotation_period_msgs: 100 })
})

describe('the policy of a room', () => {
  test.each([
    ['nothing', undefined],
    ['null', null],
    ['an array', [1, 2]],
    ['a text', 'm.megolm.v1.aes-sha2'],
    ['an object without it', { algorithm: 'm.megolm.v1.aes-sha2' }],
    ['texts', { rotation_period_ms: '1', rotation_period_msgs: '1' }],
    ['fractions', { rotation_period_ms: 3_600_000.5, rotation_period_msgs: 1.5 }],
    ['no numbers', { rotation_period_ms: Number.NaN, rotation_period_msgs: Infinity }],
    [
      'inherited values',
      Object.create({ rotation_period_ms: 3_600_000, rotation_period_msgs: 1 }) as unknown,
    ],
  ])('is the default with %s', (_, content) => {
    expect(rotationPolicyOf(content)).toEqual(DEFAULT_ROTATION)
  })

  test('is what the content says, each value on its own', () => {
    const policy = { rotation_period_ms: 2 * WEEK, rotation_period_msgs: 7 }
    expect(rotationPolicyOf(policy)).toEqual(policy)
    expect(rotationPolicyOf({ rotation_period_msgs: 7 })).toEqual({
      ...DEFAULT_ROTATION,
      rotation_period_msgs: 7,
    })
  })

  test.each([
    ['too small', 0, MIN_ROTATION],
    ['negative', -1, MIN_ROTATION],
    ['too large', Number.MAX_SAFE_INTEGER, MAX_ROTATION],
    ['larger than any integer that is exact', 1e300, MAX_ROTATION],
  ])('stays in bounds with values that are %s', (_, value, expected) => {
    const content = { rotation_period_ms: value, rotation_period_msgs: value }
    expect(rotationPolicyOf(content)).toEqual(expected)
  })

  test('stays in bounds whatever the content is', () => {
    const content = fc.oneof(
      fc.anything(),
      fc.record({ rotation_period_ms: fc.anything(), rotation_period_msgs: fc.anything() }),
      fc.record({ rotation_period_ms: fc.double(), rotation_period_msgs: fc.maxSafeInteger() }),
    )
    fc.assert(
      fc.property(content, (hostile) => {
        const policy = rotationPolicyOf(hostile)
        for (const name of ['rotation_period_ms', 'rotation_period_msgs'] as const) {
          expect(policy[name]).toBeGreaterThanOrEqual(MIN_ROTATION[name])
          expect(policy[name]).toBeLessThanOrEqual(MAX_ROTATION[name])
        }
      }),
    )
  })
})

test.each([
  ['a new one', { createdAt: 1000, messagesSent: 0, now: 1000 }, false],
  ['one that is nearly used up', { createdAt: 0, messagesSent: 99, now: WEEK - 1 }, false],
  ['one with a hundred messages', { createdAt: 0, messagesSent: 100, now: 1 }, true],
  ['one of a week', { createdAt: 0, messagesSent: 0, now: WEEK }, true],
  ['one from the future', { createdAt: 2, messagesSent: 0, now: 1 }, true],
  ['one of unknown age', { createdAt: Number.NaN, messagesSent: 0, now: 1 }, true],
])('whether a session is to be replaced: %s', (_, use, expected) => {
  expect(needsRotation(use)).toBe(expected)
})

test('a policy of the room replaces the default', () => {
  const policy = rotationPolicyOf({ rotation_period_ms: 3_600_000, rotation_period_msgs: 2 })
  expect(needsRotation({ createdAt: 0, messagesSent: 2, now: 0 }, policy)).toBe(true)
  expect(needsRotation({ createdAt: 0, messagesSent: 1, now: 3_599_999 }, policy)).toBe(false)
  expect(needsRotation({ createdAt: 0, messagesSent: 1, now: 3_600_000 }, policy)).toBe(true)
})
