import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { expectAccepted, expectRefused, shapeError, typeName } from '../test/expect-shape.ts'
import { inPlace, isJsonObject, jsonObjectSchema, mapOf, wireIntegerSchema } from './json.ts'

describe('wireIntegerSchema', () => {
  test.each(['0', '1', '9007199254740991', '1e3', '5.0'])('takes %s', (text) => {
    expectAccepted(wireIntegerSchema, JSON.parse(text))
  })

  test.each([
    ['-1', 'number'],
    ['-9007199254740991', 'number'],
    ['0.5', 'number'],
    ['1e-7', 'number'],
    ['9007199254740992', 'number'],
    ['1e400', 'number'],
    ['-1e400', 'number'],
    ['"1"', 'string'],
    ['""', 'string'],
    ['null', 'null'],
    ['true', 'boolean'],
    ['[1]', 'array'],
    ['{}', 'object'],
  ])('refuses %s', (text, received) => {
    expectRefused(wireIntegerSchema, JSON.parse(text), { path: '', received })
  })

  test.each([[Number.NaN], [undefined], [1n]])('refuses what JSON cannot say: %s', (value) => {
    expectRefused(wireIntegerSchema, value, { path: '', received: typeof value })
  })

  test('any number is taken exactly when it is a safe integer from 0', () => {
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.maxSafeInteger()), (number) => {
        const sound = Number.isSafeInteger(number) && number >= 0
        expect(v.safeParse(wireIntegerSchema, number).success).toBe(sound)
      }),
    )
  })
})

describe('jsonObjectSchema', () => {
  test.each([['{}'], ['{"__proto__": 1, "constructor": {"prototype": 2}}']])('takes %s', (text) => {
    expect(isJsonObject(JSON.parse(text))).toBe(true)
    expectAccepted(jsonObjectSchema, JSON.parse(text))
  })

  test.each([[null], [[]], ['{}'], [0], [true], [undefined]])('refuses %j', (value) => {
    expect(isJsonObject(value)).toBe(false)
    expectRefused(jsonObjectSchema, value, { path: '', received: typeName(value) })
  })
})

describe('mapOf', () => {
  const schema = mapOf(v.number())

  test.each(['__proto__', 'constructor', 'prototype', 'hasOwnProperty', '', 'a.b'])(
    'checks the key "%s" like any other',
    (key) => {
      const text = JSON.stringify(key)
      expectAccepted(schema, JSON.parse(`{${text}: 1, "other": 2}`))
      const broken: unknown = JSON.parse(`{"other": 2, ${text}: "x"}`)
      expect(shapeError(schema, broken).issues).toEqual([
        { path: key, message: 'expected number, received string', received: 'string' },
      ])
    },
  )

  test('is not taken in by what a prototype holds', () => {
    const inherited: unknown = Object.create({ wrong: 'not of the map' })
    expectAccepted(schema, inherited)
  })

  test('keeps any map as the object that it is', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.integer()), (map) => {
        expectAccepted(schema, map)
      }),
    )
  })

  test('finds one wrong value among any keys, and names its place', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { minLength: 1 }), fc.nat(), (keys, position) => {
        const wrong = keys[position % keys.length] ?? ''
        const map = Object.fromEntries(keys.map((key) => [key, key === wrong ? null : 1]))
        expect(shapeError(schema, map).issues).toMatchObject([{ path: wrong, received: 'null' }])
      }),
    )
  })

  test('places the departures of maps in maps below both keys', () => {
    const nested = mapOf(mapOf(jsonObjectSchema))
    const broken: unknown = JSON.parse('{"a": {"b": {}, "c": []}}')
    expectRefused(nested, broken, { path: 'a.c', received: 'array' })
    expectRefused(nested, { a: null }, { path: 'a', received: 'null' })
  })
})

describe('inPlace', () => {
  test('returns the value itself, though the shape made another one', () => {
    const doubling = inPlace(
      v.object({
        n: v.pipe(
          v.number(),
          v.transform((n) => n * 2),
        ),
      }),
    )
    const value = { n: 1, dropped: 'by the shape' }
    expect(v.parse(doubling, value)).toBe(value)
    expect(value).toEqual({ n: 1, dropped: 'by the shape' })
  })

  test('says what was expected and what came, by type', () => {
    const schema = inPlace(v.looseObject({ a: inPlace(v.looseObject({ b: v.string() })) }))
    expect(shapeError(schema, { a: { b: 1 } }).issues).toEqual([
      { path: 'a.b', message: 'expected string, received number', received: 'number' },
    ])
  })
})
