import { describe, expect, it } from 'vitest'
import { TransportError } from '../src/errors.ts'
import {
  defaultRetryDelay,
  MAX_RETRY_AFTER_MS,
  parseRetryAfter,
  waitBeforeRetry,
} from '../src/retry.ts'

describe('parseRetryAfter', () => {
  const now = Date.UTC(2030, 0, 2, 3, 4, 5)

  it.each([
    [null, null],
    ['', null],
    ['0', 0],
    ['120', 120_000],
    ['-1', null],
    ['1.5', null],
    ['1e3', null],
    ['soon', null],
    ['2031', 2_031_000],
    ['Wed, 02 Jan 2030 03:04:15 GMT', 10_000],
    ['Wed, 02 Jan 2030 03:04:05 GMT', 0],
    ['Wed, 02 Jan 2020 03:04:05 GMT', 0],
    ['Wed, 02 Foo 2030 03:04:05 GMT', null],
    ['2030-01-02T03:04:15Z', null],
    ['9'.repeat(400), Number.MAX_SAFE_INTEGER],
  ])('%j is %j ms', (header, expected) => {
    expect(parseRetryAfter(header, now)).toBe(expected)
  })
})

describe('defaultRetryDelay', () => {
  it('grows to a cap', () => {
    for (let attempt = 1; attempt <= 100; attempt += 1) {
      const full = Math.min(500 * 2 ** (attempt - 1), 16_000)
      expect(defaultRetryDelay(attempt)).toBeGreaterThanOrEqual(full / 2)
      expect(defaultRetryDelay(attempt)).toBeLessThanOrEqual(full)
    }
  })
})

describe('waitBeforeRetry', () => {
  const delay = (attempt: number) => attempt * 10

  it('asks the back-off where the server asks for nothing', () => {
    expect(waitBeforeRetry(new TransportError('network', 'GET /'), 2, delay)).toBe(20)
  })

  it('waits as long as asked, up to the bound', () => {
    const limited = (retryAfterMs: number) =>
      new TransportError('rate_limited', 'GET /', { status: 429, retryAfterMs })
    expect(waitBeforeRetry(limited(MAX_RETRY_AFTER_MS), 1, delay)).toBe(MAX_RETRY_AFTER_MS)
    expect(waitBeforeRetry(limited(MAX_RETRY_AFTER_MS + 1), 1, delay)).toBe(null)
  })

  it('leaves other errors alone', () => {
    expect(waitBeforeRetry(new Error('network'), 1, delay)).toBe(null)
    expect(waitBeforeRetry(new TransportError('timeout', 'GET /'), 1, delay)).toBe(null)
  })
})
