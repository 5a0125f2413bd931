import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Bytes } from './bytes.ts'
import { withoutPadding, withPadding } from './pkcs7.ts'

const block = (...end: readonly number[]): Bytes => {
  const bytes = new Uint8Array(16)
  bytes.set(end, 16 - end.length)
  return bytes
}

describe('padding', () => {
  test('makes whole blocks, and goes again', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (data) => {
        const padded = withPadding(data)
        expect(padded.length % 16).toBe(0)
        expect(padded.length).toBeGreaterThan(data.length)
        expect(withoutPadding(padded)).toEqual(Uint8Array.from(data))
      }),
    )
  })

  test.each([
    ['none', block(0)],
    ['more than a block', block(17)],
    ['a count that others differ from', block(2, 1, 3)],
    ['a first byte that differs', block(1, ...Array<number>(15).fill(16))],
    ['no bytes at all', new Uint8Array()],
  ])('that is wrong is refused: %s', (_, padded) => {
    expect(withoutPadding(padded)).toBeNull()
  })

  test.each([
    ['a block', new Uint8Array(16).fill(16), 0],
    ['one byte', block(1), 15],
    ['three bytes', block(3, 3, 3), 13],
  ])('that is right is taken away: %s', (_, padded, length) => {
    expect(withoutPadding(padded)).toHaveLength(length)
  })
})
