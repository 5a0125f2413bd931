import { describe, expect, test } from 'vitest'
import { isShareable } from './shareable.ts'

const NAMES = ['shared_history', 'm.shared_history', 'org.matrix.msc3061.shared_history']

describe.each(NAMES)('%s', (name) => {
  test('says that a session may be shared', () => {
    expect(isShareable({ [name]: true })).toBe(true)
  })

  test.each([false, null, undefined, 0, 1, 'true', [], {}])(
    'says nothing of the kind as %j',
    (flag) => {
      expect(isShareable({ [name]: flag })).toBe(false)
    },
  )

  test.each(NAMES.filter((other) => other !== name))('must agree with %s', (other) => {
    expect(isShareable({ [name]: true, [other]: true })).toBe(true)
    expect(isShareable({ [name]: true, [other]: false })).toBe(false)
    expect(isShareable({ [name]: true, [other]: 'no' })).toBe(false)
  })
})

test('a session without a flag may not be shared', () => {
  expect(isShareable({})).toBe(false)
  expect(isShareable({ 'org.example.shared_history': true })).toBe(false)
})

test('an inherited flag is none', () => {
  expect(isShareable(Object.create({ shared_history: true }) as Record<string, unknown>)).toBe(
    false,
  )
})
