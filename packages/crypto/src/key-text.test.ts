import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { caught, refusal } from '../test/caught.ts'
import { keyTexts } from '../test/vectors.ts'
import { decodeBase64 } from './base64.ts'
import { decodeKeyText, encodeKeyText } from './key-text.ts'

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const text = 'EsTE 7LVH Z71T DFyC fXfV 1onp idTD 3M3E SNx5 pPbF Yi3T 9TPq'
const joined = text.replaceAll(' ', '')

/** Another way to the same answer: one big number, and its bytes. */
function independentRefusal(digits: string): string | null {
  let number = 0n
  for (const digit of digits) number = number * 58n + BigInt(BASE58.indexOf(digit))
  const hex = number.toString(16).padStart(70, '0')
  if (hex.length !== 70 || !hex.startsWith('8b01')) return 'key_text_prefix'
  return Buffer.from(hex, 'hex').reduce((a, b) => a ^ b, 0) === 0 ? null : 'key_text_parity'
}

describe('keys and texts of other implementations', () => {
  test.each(keyTexts)('$text', ({ key, text: known }) => {
    expect(encodeKeyText(decodeBase64(key))).toBe(known)
    expect(decodeKeyText(known)).toEqual(decodeBase64(key))
  })
})

test('any key comes back from its text, which is twelve groups of four', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (key) => {
      const encoded = encodeKeyText(key)
      expect(encoded).toMatch(/^Es[1-9A-HJ-NP-Za-km-z]{2}( [1-9A-HJ-NP-Za-km-z]{4}){11}$/)
      expect(decodeKeyText(encoded)).toEqual(Uint8Array.from(key))
      expect(independentRefusal(encoded.replaceAll(' ', ''))).toBe(null)
    }),
  )
})

test.each([31, 33, 0])('a key of %i bytes has no text', (length) => {
  expect(() => encodeKeyText(new Uint8Array(length))).toThrow(TypeError)
})

describe('white space', () => {
  test.each([
    ['none', joined],
    ['around', `  ${text}\n`],
    ['tabs', text.replaceAll(' ', '\t')],
    ['CRLF', text.replaceAll(' ', '\r\n')],
    ['U+00A0', text.replaceAll(' ', '\u00a0')],
    ['ideographic', text.replaceAll(' ', '\u3000')],
    ['a byte order mark', `\ufeff${text}`],
    ['line separators', text.replaceAll(' ', '\u2028')],
    ['after every character', Array.from(joined).join(' ')],
    ['a long run', text.replace(' ', ' '.repeat(1000))],
  ])('of any kind is ignored: %s', (_name, spaced) => {
    expect(decodeKeyText(spaced)).toEqual(decodeKeyText(text))
  })
})

describe('a typo says what kind it is', () => {
  test.each([
    ['nothing', '', 'key_text_length'],
    ['white space alone', ' \t\n\u00a0', 'key_text_length'],
    ['a zero for an O', text.replace('1', '0'), 'key_text_character'],
    ['a capital I', text.replace('1', 'I'), 'key_text_character'],
    ['a capital O', text.replace('7', 'O'), 'key_text_character'],
    ['a small L', text.replace('1', 'l'), 'key_text_character'],
    ['hyphens between the groups', text.replaceAll(' ', '-'), 'key_text_character'],
    ['a zero-width space', text.replace(' ', '\u200b'), 'key_text_character'],
    ['full-width digits', text.replace('7', '７'), 'key_text_character'],
    ['an emoji', `😀${text}`, 'key_text_character'],
    ['one group less', text.slice(0, -5), 'key_text_length'],
    ['one group more', `${text} 1111`, 'key_text_length'],
    ['leading ones, which are zeros of base58', `1${text}`, 'key_text_length'],
    ['all ones', '1'.repeat(48), 'key_text_prefix'],
    ['all zs, a number of 36 bytes', 'z'.repeat(48), 'key_text_prefix'],
    ['another beginning', `F${text.slice(1)}`, 'key_text_prefix'],
    ['another end', `${text.slice(0, -1)}r`, 'key_text_parity'],
  ])('%s', (_name, wrong, code) => {
    expect(refusal(() => decodeKeyText(wrong))).toBe(code)
  })

  test('every character but those of base58 and white space is refused', () => {
    const accepted = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code))
      .filter((character) => !BASE58.includes(character) && !/\s/u.test(character))
      .filter((character) => refusal(() => decodeKeyText(character)) !== 'key_text_character')
    expect(accepted).toEqual([])
  })

  test('a number of 36 bytes whose last 35 would be a key is refused', () => {
    const sound = Array.from(joined).reduce((n, d) => n * 58n + BigInt(BASE58.indexOf(d)), 0n)
    let number = sound + 256n ** 35n
    let alias = ''
    for (; number > 0n; number /= 58n) alias = `${BASE58.charAt(Number(number % 58n))}${alias}`
    expect(alias).toHaveLength(48)
    expect(refusal(() => decodeKeyText(alias))).toBe('key_text_prefix')
  })

  test('every deletion and every insertion changes the length', () => {
    for (let i = 0; i <= joined.length; i++) {
      const inserted = `${joined.slice(0, i)}z${joined.slice(i)}`
      expect(refusal(() => decodeKeyText(inserted))).toBe('key_text_length')
      if (i === joined.length) continue
      const deleted = `${joined.slice(0, i)}${joined.slice(i + 1)}`
      expect(refusal(() => decodeKeyText(deleted))).toBe('key_text_length')
    }
  })
})

/**
 * The check byte is one byte: about one wrong text in 256 has a matching one, and is the text of
 * another key. So typos are compared with the other way to the answer, and with how many get by.
 */
describe('typos that keep the length', () => {
  function wrongTexts(from: string): readonly string[] {
    const substituted = Array.from(from).flatMap((right, i) =>
      Array.from(BASE58)
        .filter((wrong) => wrong !== right)
        .map((wrong) => `${from.slice(0, i)}${wrong}${from.slice(i + 1)}`),
    )
    const transposed = Array.from(from).flatMap((character, i) => {
      const next = from[i + 1]
      if (next === undefined || next === character) return []
      return [`${from.slice(0, i)}${next}${character}${from.slice(i + 2)}`]
    })
    return [...substituted, ...transposed]
  }

  test.each(keyTexts.slice(0, 6))('$text', ({ key, text: known }) => {
    const wrong = wrongTexts(known.replaceAll(' ', ''))
    expect(wrong.length).toBeGreaterThan(48 * 57)
    const outcomes = wrong.map((typo) => [typo, refusal(() => decodeKeyText(typo))] as const)
    expect(outcomes).toEqual(wrong.map((typo) => [typo, independentRefusal(typo)]))
    const unnoticed = outcomes.filter(([, code]) => code === null)
    expect(unnoticed.length).toBeLessThan(wrong.length / 100)
    for (const [typo] of unnoticed) expect(decodeKeyText(typo)).not.toEqual(decodeBase64(key))
  })
})

describe('a message shows nothing of the key', () => {
  const [first, second] = keyTexts.map((pair) => pair.text.replaceAll(' ', ''))
  if (first === undefined || second === undefined) throw new TypeError('two keys are needed')

  const typos: readonly (readonly [string, (text: string) => string])[] = [
    ['key_text_character', (key) => `${key.slice(0, 20)}0${key.slice(21)}`],
    ['key_text_length', (key) => key.slice(0, 30)],
    ['key_text_prefix', (key) => `G${key.slice(1)}`],
    ['key_text_parity', (key) => `${key.slice(0, -1)}${key.endsWith('1') ? '2' : '1'}`],
  ]

  test.each(typos)('%s: two keys with the same typo have the same message', (code, typo) => {
    const errors = [first, second].map((key) => caught(() => decodeKeyText(typo(key))))
    expect(errors.map((error) => error.code)).toEqual([code, code])
    expect(errors[0]?.message).toBe(errors[1]?.message)
  })

  test('the wrong character itself is not shown either', () => {
    expect(caught(() => decodeKeyText(`${text}ß`)).message).toBe(
      'Character 49 of the key is not allowed',
    )
  })
})
