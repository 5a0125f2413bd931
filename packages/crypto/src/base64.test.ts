import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { caught, refusal } from '../test/caught.ts'
import { decodeBase64, encodeBase64, encodePaddedBase64 } from './base64.ts'
import { utf8 } from './bytes.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

describe.each([
  ['', '', ''],
  ['f', 'Zg', 'Zg=='],
  ['fo', 'Zm8', 'Zm8='],
  ['foo', 'Zm9v', 'Zm9v'],
  ['foob', 'Zm9vYg', 'Zm9vYg=='],
  ['fooba', 'Zm9vYmE', 'Zm9vYmE='],
  ['foobar', 'Zm9vYmFy', 'Zm9vYmFy'],
])("the specification's example '%s'", (plain, unpadded, padded) => {
  test('encodes', () => {
    expect(encodeBase64(utf8(plain))).toBe(unpadded)
    expect(encodePaddedBase64(utf8(plain))).toBe(padded)
  })

  test('decodes, padded or not', () => {
    expect(decodeBase64(unpadded)).toEqual(utf8(plain))
    expect(decodeBase64(padded)).toEqual(utf8(plain))
  })
})

test('any bytes encode as the platform does, and come back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const padded = Buffer.from(bytes).toString('base64')
      expect(encodePaddedBase64(bytes)).toBe(padded)
      expect(encodeBase64(bytes)).toBe(padded.replace(/=*$/, ''))
      expect(decodeBase64(encodeBase64(bytes))).toEqual(Uint8Array.from(bytes))
      expect(decodeBase64(padded)).toEqual(Uint8Array.from(bytes))
    }),
  )
})

test('bytes inside a larger buffer are read alone, and a result owns its buffer', () => {
  const view = utf8('xxfoobarxx').subarray(2, 8)
  expect(encodeBase64(view)).toBe('Zm9vYmFy')
  expect(decodeBase64('Zm9vYmFy').buffer.byteLength).toBe(6)
})

test('any text is refused with a code, or is the one text of its bytes', () => {
  const nearly = fc.string({
    unit: fc.constantFrom(...ALPHABET.split(''), '=', '-', ' '),
    maxLength: 12,
  })
  fc.assert(
    fc.property(fc.oneof(nearly, fc.string({ unit: 'binary' }), fc.base64String()), (text) => {
      const code = refusal(() => decodeBase64(text))
      const again = code === null ? encodeBase64(decodeBase64(text)) : null
      expect(code?.startsWith('base64_') ?? again === text.replace(/={1,2}$/, '')).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

describe('refuses', () => {
  test('every character outside the alphabet, in every place of a group', () => {
    const foreign = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).filter(
      (character) => !ALPHABET.includes(character) && character !== '=',
    )
    expect(foreign).toHaveLength(0x10000 - 65)
    const accepted = foreign.filter((character) =>
      [`${character}AAA`, `A${character}AA`, `AA${character}A`, `AAA${character}`].some(
        (text) => refusal(() => decodeBase64(text)) !== 'base64_character',
      ),
    )
    expect(accepted).toEqual([])
  })

  test.each(['=AAA', 'A=AA', 'AA=A', 'A===', '====', 'AA==AAAA', 'Zg==Zg=='])(
    'padding that is not at the end: %s',
    (text) => {
      expect(refusal(() => decodeBase64(text))).toBe('base64_character')
    },
  )

  test.each(['A', 'AAAAA', 'AAAAAAAAA', 'A='])('the impossible length of "%s"', (text) => {
    expect(refusal(() => decodeBase64(text))).toBe('base64_length')
  })

  test.each(['=', '==', 'Zg=', 'Zm8==', 'Zm9v=', 'Zm9v=='])('partial padding: %s', (text) => {
    expect(refusal(() => decodeBase64(text))).toBe('base64_length')
  })

  test('stray bits in the last character: each byte pair has one text', () => {
    const texts = Array.from(ALPHABET).map((last) => `A${last}`)
    const sound = texts.filter((text) => refusal(() => decodeBase64(text)) === null)
    expect(sound).toEqual(['AA', 'AQ', 'Ag', 'Aw'])
    const longer = Array.from(ALPHABET).map((last) => `AA${last}=`)
    expect(longer.filter((text) => refusal(() => decodeBase64(text)) === null)).toHaveLength(16)
    expect(refusal(() => decodeBase64('AB'))).toBe('base64_trailing_bits')
    expect(refusal(() => decodeBase64('AB=='))).toBe('base64_trailing_bits')
    expect(refusal(() => decodeBase64('AAB'))).toBe('base64_trailing_bits')
  })

  test.each(['Zm9v\n', ' Zm9v', 'Zm\r\n9v', 'Zm9v\0', '-_-_'])('%j', (text) => {
    expect(refusal(() => decodeBase64(text))).not.toBe(null)
  })

  test('without showing any of the text', () => {
    const secret = 'c2VjcmV0c2VjcmV0'
    for (const text of [`${secret}!`, `${secret}A`, `${secret}AB`]) {
      const error = caught(() => decodeBase64(text))
      expect(error.message).not.toContain('c2Vj')
      expect(error).toMatchObject({ name: 'CryptoError', retryable: false })
    }
  })
})
