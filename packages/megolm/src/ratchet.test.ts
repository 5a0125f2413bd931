import * as hmac from '@roomkeys/crypto/hmac'
import { concatBytes } from '@roomkeys/crypto/bytes'
import { SecretBytes } from '@roomkeys/crypto/secret'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { caught } from '../test/caught.ts'
import { advance, MAX_INDEX } from './ratchet.ts'

vi.mock(import('@roomkeys/crypto/hmac'), { spy: true })
afterEach(() => {
  vi.clearAllMocks()
})

const start = Uint8Array.from({ length: 128 }, (_, i) => (i * 37 + 11) % 256)
const ratchet = new SecretBytes(start)

/** The specification's definition, one index at a time. */
function step(parts: readonly Uint8Array[], index: number): readonly Uint8Array[] {
  const reseededBy = [2 ** 24, 2 ** 16, 2 ** 8, 1].findIndex((period) => index % period === 0)
  const source = parts[reseededBy] ?? new Uint8Array()
  return parts.map((part, j) => (j < reseededBy ? part : hmac.hmacSha256(source, Uint8Array.of(j))))
}

function stepwise(bytes: Uint8Array, from: number, to: number): Uint8Array {
  let parts: readonly Uint8Array[] = [0, 32, 64, 96].map((at) => bytes.slice(at, at + 32))
  for (let index = from + 1; index <= to; index++) parts = step(parts, index)
  return concatBytes(...parts)
}

describe('advancing', () => {
  test.each([
    ['by nothing', 5, 5],
    ['by one', 0, 1],
    ['to a boundary of 2^8', 0, 256],
    ['from one', 256, 257],
    ['across two of 2^8', 250, 600],
    ['to a boundary of 2^16', 2 ** 16 - 3, 2 ** 16],
    ['across a boundary of 2^16', 2 ** 16 - 300, 2 ** 16 + 300],
    ['across two of 2^16', 2 ** 16 - 1, 2 ** 17 + 1],
    ['to a boundary of 2^24', 2 ** 24 - 1, 2 ** 24],
    ['across a boundary of 2^24', 2 ** 24 - 300, 2 ** 24 + 300],
    ['across 2^31', 2 ** 31 - 300, 2 ** 31 + 300],
    ['to the last index', MAX_INDEX - 300, MAX_INDEX],
  ])('%s gives what single steps give', (_, from, to) => {
    expect(advance(ratchet, from, to).expose()).toEqual(stepwise(start, from, to))
  })

  test('by any small distance gives what single steps give', () => {
    const boundary = fc.constantFrom(
      0,
      2 ** 8,
      2 ** 16,
      2 ** 24,
      3 * 2 ** 24,
      2 ** 31,
      2 ** 32 - 700,
    )
    fc.assert(
      fc.property(boundary, fc.nat(300), fc.nat(600), (at, before, distance) => {
        const from = Math.max(0, at - before)
        const to = Math.min(MAX_INDEX, from + distance)
        expect(advance(ratchet, from, to).expose()).toEqual(stepwise(start, from, to))
      }),
    )
  })

  test('in two jumps gives what one jump gives', () => {
    const index = fc.oneof(fc.nat(2 ** 10), fc.nat(2 ** 25), fc.nat(MAX_INDEX))
    fc.assert(
      fc.property(fc.tuple(index, index, index), (indices) => {
        const [from, middle, to] = indices.toSorted((a, b) => a - b) as [number, number, number]
        const twice = advance(advance(ratchet, from, middle), middle, to)
        expect(twice.expose()).toEqual(advance(ratchet, from, to).expose())
      }),
    )
  })

  test('hashes at most 258 times a part, however far it goes', () => {
    advance(ratchet, 0, MAX_INDEX)
    expect(hmac.hmacSha256).toHaveBeenCalledTimes(255 * 4 + 3 + 2 + 1)
    vi.clearAllMocks()
    advance(ratchet, 2 ** 24 - 1, MAX_INDEX)
    expect(vi.mocked(hmac.hmacSha256).mock.calls.length).toBeLessThanOrEqual(258 * 4)
  })

  test('by one hashes once, and by nothing not at all', () => {
    advance(ratchet, 6, 7)
    expect(hmac.hmacSha256).toHaveBeenCalledTimes(1)
    advance(ratchet, 7, 7)
    expect(hmac.hmacSha256).toHaveBeenCalledTimes(1)
  })
})

test('the ratchet is not changed, and the copy is its own even at the same index', () => {
  const copy = advance(ratchet, 3, 3)
  copy.destroy()
  advance(ratchet, 0, 100_000)
  expect(ratchet.expose()).toEqual(start)
})

test('there is no way back', () => {
  expect(caught(() => advance(ratchet, 5, 4)).code).toBe('index_before_session')
  expect(caught(() => advance(ratchet, MAX_INDEX, 0)).code).toBe('index_before_session')
})

test.each([-1, 0.5, Number.NaN, Infinity, MAX_INDEX + 1])('index %d is a mistake', (index) => {
  expect(() => advance(ratchet, 0, index)).toThrow(TypeError)
  expect(() => advance(ratchet, index, MAX_INDEX)).toThrow(TypeError)
})

test('a ratchet of another length is a mistake', () => {
  expect(() => advance(new SecretBytes(new Uint8Array(127)), 0, 1)).toThrow(TypeError)
})
