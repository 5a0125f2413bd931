import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { refusal } from '../test/caught.ts'
import { toHex } from '../test/vectors.ts'
import {
  assertBytes,
  concatBytes,
  CryptoError,
  equalBytes,
  fromUtf8,
  randomBytes,
  utf8,
} from './bytes.ts'

describe('assertBytes', () => {
  test('returns the bytes themselves', () => {
    const bytes = new Uint8Array(3)
    expect(assertBytes(bytes, 3, 'key')).toBe(bytes)
  })

  test('takes what extends Uint8Array', () => {
    expect(assertBytes(Buffer.alloc(3), 3, 'key')).toHaveLength(3)
  })

  test('names the argument, and both lengths', () => {
    expect(() => assertBytes(new Uint8Array(2), 3, 'key')).toThrow(
      new TypeError('key must be 3 bytes, got 2'),
    )
  })

  test.each([['abc'], [[1, 2, 3]], [null], [undefined], [new Int8Array(3)], [{ length: 3 }]])(
    'refuses what is not bytes: %j',
    (value) => {
      // A caller without types can pass anything.
      const bytes = value as unknown as Uint8Array
      expect(() => assertBytes(bytes, 3, 'iv')).toThrow(new TypeError('iv must be a Uint8Array'))
    },
  )
})

describe('concatBytes', () => {
  test('of nothing is empty', () => {
    expect(concatBytes()).toEqual(new Uint8Array())
    expect(concatBytes(new Uint8Array(), new Uint8Array())).toHaveLength(0)
  })

  test('of any parts is what the platform joins, in a buffer of its own', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 20 })), (parts) => {
        const joined = concatBytes(...parts)
        expect(toHex(joined)).toBe(Buffer.concat(parts).toString('hex'))
        expect(joined.buffer.byteLength).toBe(joined.length)
        expect(parts.every((part) => part.buffer !== joined.buffer)).toBe(true)
      }),
    )
  })
})

describe('equalBytes', () => {
  const bytes = fc.uint8Array({ maxLength: 6, max: 2 })

  test('agrees with comparing one by one', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(equalBytes(a, b)).toBe(Buffer.compare(a, b) === 0)
        expect(equalBytes(a, Uint8Array.from(a))).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  test('sees every single bit', () => {
    for (let bit = 0; bit < 32 * 8; bit++) {
      const other = new Uint8Array(32)
      other[bit >> 3] = 1 << (bit & 7)
      expect(equalBytes(other, new Uint8Array(32))).toBe(false)
    }
  })

  test('of different lengths are different, also when one begins like the other', () => {
    expect(equalBytes(new Uint8Array(3), new Uint8Array(4))).toBe(false)
    expect(equalBytes(new Uint8Array(), new Uint8Array(1))).toBe(false)
    expect(equalBytes(new Uint8Array(), new Uint8Array())).toBe(true)
  })
})

describe('randomBytes', () => {
  test('gives as many as asked for, different each time', () => {
    expect(randomBytes(0)).toHaveLength(0)
    expect(randomBytes(32)).toHaveLength(32)
    expect(equalBytes(randomBytes(32), randomBytes(32))).toBe(false)
  })
})

describe('UTF-8', () => {
  test('any text comes back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(toHex(utf8(text))).toBe(Buffer.from(text, 'utf8').toString('hex'))
        expect(fromUtf8(utf8(text))).toBe(text)
      }),
    )
  })

  test('any bytes are refused, or are the bytes of their text', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const code = refusal(() => fromUtf8(bytes))
        expect(code ?? toHex(utf8(fromUtf8(bytes)))).toBe(code === null ? toHex(bytes) : 'not_utf8')
      }),
      { numRuns: 1000 },
    )
  })

  test('a byte order mark is kept', () => {
    expect(fromUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa')
  })

  test.each([
    ['a lone continuation byte', [0x80]],
    ['a character cut short', [0xe6, 0x97]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['past U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['0xFF', [0x61, 0xff]],
  ])('%s is refused', (_name, bytes) => {
    expect(refusal(() => fromUtf8(Uint8Array.from(bytes)))).toBe('not_utf8')
  })

  test('one failure leaves nothing behind for the next reading', () => {
    expect(() => fromUtf8(Uint8Array.of(0xe6, 0x97))).toThrow(CryptoError)
    expect(fromUtf8(Uint8Array.of(0xa5 & 0x7f, 0x61))).toBe('%a')
  })

  test('a refusal keeps its cause', () => {
    expect(() => fromUtf8(Uint8Array.of(0xff))).toThrow(
      expect.objectContaining({ code: 'not_utf8', cause: expect.any(TypeError) as unknown }),
    )
  })
})
