import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { caught, refusal } from '../test/caught.ts'
import { utf8 } from './bytes.ts'
import { canonicalJson, canonicalJsonBytes, MAX_JSON_DEPTH } from './canonical-json.ts'

describe("the specification's examples", () => {
  test.each([
    ['{}', '{}'],
    ['{"one": 1, "two": "Two"}', '{"one":1,"two":"Two"}'],
    ['{"b": "2", "a": "1"}', '{"a":"1","b":"2"}'],
    ['{"b":"2","a":"1"}', '{"a":"1","b":"2"}'],
    [
      `{"auth": {"success": true, "mxid": "@john.doe:example.com", "profile": {
        "display_name": "John Doe", "three_pids": [
          {"medium": "email", "address": "john.doe@example.org"},
          {"medium": "msisdn", "address": "123456789"}]}}}`,
      '{"auth":{"mxid":"@john.doe:example.com","profile":{"display_name":"John Doe","three_pids":[{"address":"john.doe@example.org","medium":"email"},{"address":"123456789","medium":"msisdn"}]},"success":true}}',
    ],
    ['{"a": "日本語"}', '{"a":"日本語"}'],
    ['{"本": 2, "日": 1}', '{"日":1,"本":2}'],
    [String.raw`{"a": "\u65E5"}`, '{"a":"日"}'],
    ['{"a": null}', '{"a":null}'],
    ['{"b": 1e10}', '{"b":10000000000}'],
  ])('%s', (given, canonical) => {
    expect(canonicalJson(JSON.parse(given))).toBe(canonical)
    expect(canonicalJsonBytes(JSON.parse(given))).toEqual(utf8(canonical))
  })

  test('negative zero "must not appear": it is refused, where the example writes 0', () => {
    expect(refusal(() => canonicalJson(JSON.parse('{"a": -0}')))).toBe('not_canonical_json')
  })
})

describe('keys', () => {
  test('are sorted by code point, not by UTF-16 unit', () => {
    const object = { '\u{10000}': 4, '\uffff': 3, '\ue000': 2, '\ud7ff': 1 }
    expect(Object.keys(JSON.parse(canonicalJson(object)) as object)).toEqual([
      '\ud7ff',
      '\ue000',
      '\uffff',
      '\u{10000}',
    ])
  })

  test('a beginning comes before what it begins', () => {
    expect(canonicalJson({ aa: 1, a: 2, '': 3 })).toBe('{"":3,"a":2,"aa":1}')
  })

  test('that look like numbers are sorted as text', () => {
    expect(canonicalJson({ 9: 1, 10: 2, 1: 3 })).toBe('{"1":3,"10":2,"9":1}')
  })

  test('named like members of Object.prototype are keys like any other', () => {
    const text = '{"__proto__":{"a":1},"constructor":2,"prototype":3,"toJSON":4}'
    expect(canonicalJson(JSON.parse(text))).toBe(text)
  })

  test('of any text come in the order of their code points', () => {
    const byCodePoint = (a: string, b: string) =>
      Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'))
    const unit = fc.constantFrom('a', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}')
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit, maxLength: 3 })), (keys) => {
        const object = Object.fromEntries(keys.map((key) => [key, 0]))
        const members = keys.toSorted(byCodePoint).map((key) => `${JSON.stringify(key)}:0`)
        expect(canonicalJson(object)).toBe(`{${members.join(',')}}`)
      }),
    )
  })
})

describe('strings', () => {
  test('are escaped no more than JSON asks for', () => {
    const every = Array.from({ length: 0x20 }, (_, code) => String.fromCharCode(code)).join('')
    expect(canonicalJson(every)).toBe(
      String.raw`"\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f` +
        String.raw`\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f"`,
    )
    expect(canonicalJson('"\\/\u007f\u2028\u2029<é😀')).toBe('"\\"\\\\/\u007f\u2028\u2029<é😀"')
  })
})

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

const text = fc.string({ unit: 'binary', maxLength: 8 })
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    text,
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(text, tie('json'), { maxKeys: 5 }),
  ),
}))

function reversed(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item: Json) => reversed(item))
  const members = Object.entries(value).map(([key, inner]) => [key, reversed(inner)] as const)
  return Object.fromEntries(members.toReversed())
}

describe('any JSON of integers', () => {
  test('reads back as what it was', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  test('is a fixpoint once it is canonical', () => {
    fc.assert(
      fc.property(json, (value) => {
        const canonical = canonicalJson(value)
        expect(canonicalJson(JSON.parse(canonical))).toBe(canonical)
      }),
    )
  })

  test('is the same in whatever order its keys stand', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value))
      }),
    )
  })
})

describe('refuses', () => {
  test.each([
    ['a fraction', 0.5],
    ['negative zero', -0],
    ['NaN', Number.NaN],
    ['infinity', JSON.parse('1e400') as unknown],
    ['2^53', 2 ** 53],
    ['−2^53', -(2 ** 53)],
    ['a bigint', 1n],
    ['undefined', undefined],
    ['a symbol', Symbol('s')],
    ['a function', () => 1],
    ['a Date', new Date(0)],
    ['a Map', new Map()],
    ['bytes', new Uint8Array(2)],
    ['a boxed string', Object('s') as unknown],
    ['an instance of a class', new URL('https://example.org')],
    ['a lone high surrogate', '\ud800'],
    ['a lone low surrogate', 'a\udc00b'],
  ])('%s, alone and inside', (_name, value) => {
    for (const place of [value, [1, value], { a: value }, { a: [{ b: value }] }])
      expect(refusal(() => canonicalJson(place))).toBe('not_canonical_json')
  })

  test('a lone surrogate in a key', () => {
    expect(refusal(() => canonicalJson({ '\udfff': 1 }))).toBe('not_canonical_json')
  })

  test('a hole in an array, which would leave no JSON', () => {
    const holed: unknown[] = []
    holed[1] = 1
    expect(refusal(() => canonicalJson(holed))).toBe('not_canonical_json')
  })

  test('without showing any of the value', () => {
    expect(caught(() => canonicalJson({ k: 'secret\ud800' })).message).not.toContain('secret')
    expect(caught(() => canonicalJson({ k: 814.5 })).message).not.toContain('814')
  })

  test('nothing at the ends of the range', () => {
    expect(canonicalJson([2 ** 53 - 1, 1 - 2 ** 53, 0])).toBe(
      '[9007199254740991,-9007199254740991,0]',
    )
  })
})

describe('depth', () => {
  const arrays = (levels: number): unknown => {
    let value: unknown = 0
    for (let level = 0; level < levels; level++) value = [value]
    return value
  }
  const objects = (levels: number): unknown => {
    let value: unknown = 0
    for (let level = 0; level < levels; level++) value = { a: value }
    return value
  }

  test.each([
    ['arrays', arrays],
    ['objects', objects],
  ])('of %s ends at the limit', (_name, nest) => {
    expect(MAX_JSON_DEPTH).toBe(128)
    expect(refusal(() => canonicalJson(nest(MAX_JSON_DEPTH)))).toBe(null)
    expect(refusal(() => canonicalJson(nest(MAX_JSON_DEPTH + 1)))).toBe('not_canonical_json')
    expect(refusal(() => canonicalJson(nest(200_000)))).toBe('not_canonical_json')
  })

  test('of a cycle has no end, and is refused before the stack has one', () => {
    const object: Record<string, unknown> = {}
    object['self'] = object
    expect(refusal(() => canonicalJson(object))).toBe('not_canonical_json')
    const array: unknown[] = []
    array.push(array)
    expect(refusal(() => canonicalJson(array))).toBe('not_canonical_json')
  })
})

test('an object without a prototype is plain', () => {
  expect(canonicalJson(Object.assign(Object.create(null) as object, { b: 1, a: 2 }))).toBe(
    '{"a":2,"b":1}',
  )
})
