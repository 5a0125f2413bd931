import { describe, expect, test } from 'vitest'
import { sealedKey } from '../../test/engine/variants.ts'
import { cut, halves } from './groups.ts'
import { delayAfter, MAX_BACK_OFF_MS, MAX_RETRY_AFTER_MS } from '../upload/back-off.ts'
import { afterSuccess, FIRST_PACE, MAX_BATCH_BYTES, MAX_BATCH_KEYS, shrink } from './pace.ts'

const failure = { code: 'rate_limited', retryAfterMs: null } as const

describe('the pace', () => {
  test('begins at 100 keys', () => {
    expect(FIRST_PACE).toEqual({ keys: 100, bytes: MAX_BATCH_BYTES, attempt: 0 })
  })

  test('halves what was sent, and never goes below one key', () => {
    expect(shrink(FIRST_PACE, { keys: 31, bytes: 9_000 })).toMatchObject({
      keys: 15,
      bytes: 4_500,
    })
    expect(shrink(FIRST_PACE, { keys: 1, bytes: 1 })).toMatchObject({ keys: 1, bytes: 1 })
  })

  test('grows slowly, up to a limit', () => {
    let pace = FIRST_PACE
    for (let batch = 0; batch < 1_000; batch += 1)
      pace = afterSuccess(pace, { keys: pace.keys, bytes: 0 }, 10)
    expect(pace).toEqual({ keys: MAX_BATCH_KEYS, bytes: MAX_BATCH_BYTES, attempt: 0 })
  })

  test('stays as it is when answers are neither fast nor slow', () => {
    const pace = { ...FIRST_PACE, attempt: 3 }
    expect(afterSuccess(pace, { keys: 100, bytes: 9 }, 5_000)).toEqual(FIRST_PACE)
  })

  test('waits as the server says, within reason, else twice as long each time', () => {
    const waits = [0, 1, 2, 3, 20, 1_000].map((attempt) => delayAfter(failure, attempt))
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, MAX_BACK_OFF_MS, MAX_BACK_OFF_MS])
    const asked = [0, 7_500, 1e15, Number.NaN].map((retryAfterMs) =>
      delayAfter({ ...failure, retryAfterMs }, 1),
    )
    expect(asked).toEqual([1_000, 7_500, MAX_RETRY_AFTER_MS, 2_000])
  })
})

describe('requests', () => {
  const keys = [0, 1, 2, 3, 4].map((number) => sealedKey(number))

  test('hold no more bytes than wished, except one key alone', () => {
    const sizes = (bytes: number): readonly number[] =>
      cut(keys, { keys: 100, bytes, attempt: 0 }).map(({ length }) => length)
    expect(sizes(2_000)).toEqual([2, 2, 1])
    expect(sizes(10)).toEqual([1, 1, 1, 1, 1])
    expect(sizes(1e9)).toEqual([5])
  })

  test('are halved without losing any', () => {
    expect(halves(keys).map(({ length }) => length)).toEqual([3, 2])
    expect(halves(keys).flat()).toEqual(keys)
  })
})
