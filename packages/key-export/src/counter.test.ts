import { aesCtr } from '@roomkeys/crypto/aes'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { counterAfter } from './counter.ts'

const key = new Uint8Array(32).fill(9)
const ivs = fc.oneof(
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
  fc.nat(16).map((ones) => new Uint8Array(16).fill(0xff, ones)),
)

test('decryption that goes on from a later block gives the same bytes, whatever overflows', () => {
  fc.assert(
    fc.property(ivs, fc.nat(300), (iv, blocks) => {
      const data = new Uint8Array(16 * blocks + 40).fill(3)
      const later = aesCtr({ key, iv: counterAfter(iv, 16 * blocks) }, data.subarray(16 * blocks))
      expect(later).toEqual(aesCtr({ key, iv }, data).slice(16 * blocks))
    }),
  )
})

test('the counter carries through every byte, and wraps', () => {
  const last = new Uint8Array(16).fill(0xff)
  expect(counterAfter(last, 16)).toEqual(new Uint8Array(16))
  expect(counterAfter(last, 0)).toEqual(last)
  const far = counterAfter(new Uint8Array(16), 2 ** 44)
  expect([...far.subarray(8)]).toEqual([0, 0, 1, 0, 0, 0, 0, 0])
})
