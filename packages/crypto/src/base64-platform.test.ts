// Later platforms read base64 into bytes, leniently. Node 24 has none, so it is made here as they are.
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { refusal } from '../test/caught.ts'
import * as strict from './base64-strict.ts'
import { decodeBase64, encodeBase64, encodePaddedBase64 } from './base64.ts'

/** Skips white space, takes no half padding, and drops stray bits: the `loose` reading of ECMAScript. */
function setFromBase64(this: Uint8Array, text: string): { read: number; written: number } {
  const dense = text.replace(/[\t\n\f\r ]/g, '')
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(dense)) throw new SyntaxError('character')
  const unpadded = dense.replace(/=+$/, '')
  const isPadded = unpadded.length < dense.length
  if (unpadded.length % 4 === 1 || (isPadded && dense.length % 4 !== 0))
    throw new SyntaxError('length')
  const all = Buffer.from(unpadded, 'base64')
  const bytes = all.subarray(0, this.length)
  this.set(bytes)
  // Whoever has no room left stops reading.
  const isFull = bytes.length === this.length && bytes.length % 3 === 0
  const read = isFull ? Math.min(text.length, (bytes.length / 3) * 4) : text.length
  return { read, written: bytes.length }
}

function toBase64(this: Uint8Array, { omitPadding }: { readonly omitPadding: boolean }): string {
  const text = Buffer.from(this).toString('base64')
  return omitPadding ? text.replace(/=+$/, '') : text
}

const calls = vi.fn<(text: string) => void>()
const prototype = Uint8Array.prototype
const NAMES = ['setFromBase64', 'toBase64'] as const
const before = NAMES.map(
  (name) => [name, Object.getOwnPropertyDescriptor(prototype, name)] as const,
)

function define(name: (typeof NAMES)[number], value: unknown): void {
  Object.defineProperty(prototype, name, { value, configurable: true, writable: true })
}

beforeEach(() => {
  define('toBase64', toBase64)
  define('setFromBase64', function (this: Uint8Array, text: string) {
    calls(text)
    return setFromBase64.call(this, text)
  })
})

afterEach(() => {
  for (const [name, descriptor] of before) {
    Reflect.deleteProperty(prototype, name)
    if (descriptor !== undefined) Object.defineProperty(prototype, name, descriptor)
  }
  calls.mockClear()
})

/** What is read, or the error code of a refusal. */
function outcomeOf(read: () => Uint8Array): Uint8Array | string | null {
  const refused = refusal(read)
  return refused ?? read()
}

const ALPHABET = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')

describe('a platform that reads base64', () => {
  test('is asked, and reads and writes what plain TypeScript does', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = encodeBase64(bytes)
        expect(text).toBe(strict.encodeBase64(bytes))
        expect(encodePaddedBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'))
        expect(decodeBase64(text)).toEqual(Uint8Array.from(bytes))
        expect(decodeBase64(encodePaddedBase64(bytes))).toEqual(Uint8Array.from(bytes))
        expect(decodeBase64(text).buffer.byteLength).toBe(bytes.length)
      }),
    )
    expect(calls).toHaveBeenCalled()
  })

  test('reads nothing that plain TypeScript refuses, which says what is wrong', () => {
    const text = fc.oneof(
      fc.base64String({ maxLength: 60 }),
      fc.string({ unit: fc.constantFrom(...ALPHABET, '=', '-', '_', ' ', '\n'), maxLength: 40 }),
      fc.string({ unit: fc.constantFrom(...ALPHABET), maxLength: 40 }),
      fc.string({ unit: 'binary', maxLength: 20 }),
    )
    fc.assert(
      fc.property(text, (given) => {
        expect(outcomeOf(() => decodeBase64(given))).toEqual(
          outcomeOf(() => strict.decodeBase64(given)),
        )
      }),
      { numRuns: 5000 },
    )
  })

  test.each([
    ['white space', 'AA AAA', 'base64_character'],
    ['a line end', 'AAAAA\n', 'base64_character'],
    ['stray bits', 'AB', 'base64_trailing_bits'],
    ['stray bits before padding', 'AB==', 'base64_trailing_bits'],
    ['half a padding', 'AA=', 'base64_length'],
    ['padding alone', '====', 'base64_character'],
    ['padding of whole groups', 'AAAA==', 'base64_length'],
    ['two line ends', 'AAAA\n\n', 'base64_character'],
    ['an impossible length', 'AAAAA', 'base64_length'],
  ])('does not pass %s', (_, text, code) => {
    expect(refusal(() => decodeBase64(text))).toBe(code)
  })
})
