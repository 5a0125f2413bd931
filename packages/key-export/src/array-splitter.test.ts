import { type Bytes, concatBytes, utf8 } from '@roomkeys/crypto/bytes'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { caught } from '../test/caught.ts'
import { splitAt } from '../test/pieces.ts'
import {
  createArraySplitter,
  type Element,
  MAX_ENTRY_DEPTH,
  MAX_ENTRY_LENGTH,
} from './array-splitter.ts'
import { parseJson } from './content.ts'

function elementsOf(pieces: readonly Bytes[]): readonly Element[] {
  const splitter = createArraySplitter()
  const elements = pieces.flatMap((piece) => splitter.push(piece))
  splitter.end()
  return elements
}

function valuesOf(pieces: readonly Bytes[]): readonly unknown[] {
  return elementsOf(pieces).map((element) =>
    typeof element === 'string' ? element : parseJson(element),
  )
}

/** What `JSON.parse` makes of the whole, or `null` where it is no array. */
function parsedWhole(text: string): readonly unknown[] | null {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : null
  } catch {
    return null
  }
}

function expectAsWhole(text: string, pieces: readonly Bytes[]): void {
  const whole = parsedWhole(text)
  if (whole === null) expect(caught(() => valuesOf(pieces)).code).toBe('malformed_content')
  else expect(valuesOf(pieces)).toEqual(whole)
}

const cuts = fc.array(fc.nat(400))

test('an array is read as JSON.parse reads it, wherever it is cut', () => {
  const arrays = fc.array(fc.jsonValue({ stringUnit: 'binary' }))
  fc.assert(
    fc.property(arrays, cuts, fc.constantFrom(0, 1, '\r\n\t '), (array, at, indent) => {
      const text = JSON.stringify(array, null, indent)
      expectAsWhole(text, splitAt(utf8(text), at))
    }),
  )
})

test('text made of what means something in JSON is read, or refused, as JSON.parse does', () => {
  const signs = fc.constantFrom(
    ...Array.from('[[[]]]{}{},,:""\\\\ \n1e-.tnua'),
    'null',
    '"a"',
    '{"a":1}',
    '\u00a0',
  )
  fc.assert(
    fc.property(fc.array(signs, { maxLength: 14 }), cuts, fc.boolean(), (parts, at, framed) => {
      const text = framed ? `[${parts.join('')}]` : parts.join('')
      expectAsWhole(text, splitAt(utf8(text), at))
    }),
    { numRuns: 20_000 },
  )
})

test('a key named __proto__ is a key like any other', () => {
  const [value] = valuesOf([utf8('[{"__proto__":{"polluted":1},"constructor":2}]')])
  expect(Object.keys(value ?? {})).toEqual(['__proto__', 'constructor'])
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
})

test('numbers, duplicate keys and lone surrogates are as in JSON.parse', () => {
  const text = '[1e400,-0,12345678901234567890,{"a":1,"a":2},"\\ud800"]'
  expect(valuesOf([utf8(text)])).toEqual(parsedWhole(text))
})

test('bytes that are not UTF-8 are refused, also where a cut parts a character', () => {
  const bad = concatBytes(utf8('["'), Uint8Array.of(0xc3, 0x28), utf8('"]'))
  expect(caught(() => valuesOf(splitAt(bad, [3]))).code).toBe('malformed_content')
  expect(valuesOf(splitAt(utf8('["ü🔑"]'), [3, 5, 6]))).toEqual(['ü🔑'])
})

describe('an element past a limit', () => {
  const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
  const long = (length: number) => `"${'x'.repeat(length - 2)}"`

  test.each([
    ['as deep as is allowed', nested(MAX_ENTRY_DEPTH), null],
    ['deeper', nested(MAX_ENTRY_DEPTH + 1), 'too_deep'],
    ['a million deep', nested(1_000_000), 'too_deep'],
    ['as long as is allowed', long(MAX_ENTRY_LENGTH), null],
    ['longer', long(MAX_ENTRY_LENGTH + 1), 'too_long'],
    ['of 10 MB', long(10_000_000), 'too_long'],
  ])('%s costs no other', (_, text, fault) => {
    const bytes = utf8(`[1,${text},[2]]`)
    const at = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, i) => i * 65_536)
    const elements = elementsOf(splitAt(bytes, at))
    expect(elements).toHaveLength(3)
    expect(elements[0]).toEqual(utf8('1'))
    expect(elements[2]).toEqual(utf8('[2]'))
    expect(elements[1]).toEqual(fault ?? utf8(text))
  })

  test('that is never closed is malformed, and is not kept', () => {
    const splitter = createArraySplitter()
    expect(splitter.push(utf8('["'))).toEqual([])
    for (let i = 0; i < 200; i++) expect(splitter.push(utf8('x'.repeat(65_536)))).toEqual([])
    expect(caught(splitter.end).code).toBe('malformed_content')
  })
})
