import fc from 'fast-check'
import { createCipheriv } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { KEY, pattern } from '../test/known.ts'
import { providers } from '../test/vectors.ts'
import { counterAt, keystreamOf } from './keystream.ts'

const block = fc.uint8Array({ minLength: 16, maxLength: 16 })

/** A big-endian number of 16 bytes. */
function toBytes(value: bigint): Uint8Array {
  return Uint8Array.from(Buffer.from(value.toString(16).padStart(32, '0').slice(-32), 'hex'))
}

function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}

const HALF = 1n << 64n
const WHOLE = 1n << 128n

test('the counter is added to its lower half, or to all of it', () => {
  fc.assert(
    fc.property(block, fc.bigInt({ min: 0n, max: HALF - 1n }), (first, blocks) => {
      const sum = toNumber(first) + blocks
      expect(counterAt(first, blocks, 128)).toEqual(toBytes(sum % WHOLE))
      const upper = (toNumber(first) / HALF) * HALF
      expect(counterAt(first, blocks, 64)).toEqual(toBytes(upper + (sum % HALF)))
    }),
  )
})

test('the first counter block is not changed', () => {
  const first = new Uint8Array(16).fill(0xff)
  counterAt(first, 1n, 128)
  expect(first).toEqual(new Uint8Array(16).fill(0xff))
})

describe.each(providers)('with %s', (_, primitives) => {
  test('data is the same wherever it begins', async () => {
    const data = pattern(500)
    await fc.assert(
      fc.asyncProperty(block, fc.nat(400), fc.nat(100), async (counter, offset, length) => {
        const keystream = keystreamOf(
          { key: KEY, counter: Uint8Array.from(counter), counterBits: 128 },
          primitives,
        )
        const expected = createCipheriv('aes-256-ctr', KEY, counter).update(data)
        expect(await keystream(offset, data.slice(offset, offset + length))).toEqual(
          Uint8Array.from(expected.subarray(offset, offset + length)),
        )
      }),
    )
  })

  test.each([2 ** 36 - 5, 2 ** 40 + 3, 2 ** 53 - 100])('data at byte %i', async (offset) => {
    const counter = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0)
    const data = pattern(50)
    const keystream = keystreamOf({ key: KEY, counter, counterBits: 64 }, primitives)
    const from = toBytes(toNumber(counter) + BigInt(Math.floor(offset / 16)))
    const skipped = offset % 16
    const expected = createCipheriv('aes-256-ctr', KEY, from)
    expected.update(new Uint8Array(skipped))
    expect(await keystream(offset, data)).toEqual(Uint8Array.from(expected.update(data)))
  })
})
