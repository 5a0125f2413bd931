import { parseWire, WireShapeError } from '@roomkeys/types'
import { describe, expect, test } from 'vitest'
import { firstItem } from '../test/vectors.ts'
import {
  defaultKeySchema,
  encryptedSecretSchema,
  keyDescriptionSchema,
  keyDescriptionType,
  storedSecretSchema,
} from './schemas.ts'

test('the account data type of a key holds its id as it is', () => {
  expect(keyDescriptionType('abc')).toBe('m.secret_storage.key.abc')
  expect(keyDescriptionType('__proto__')).toBe('m.secret_storage.key.__proto__')
})

describe('account data is handed on as it came', () => {
  const { encrypted } = firstItem()
  test.each([
    ['default key', defaultKeySchema, { key: 'id', extra: 1 }],
    ['description', keyDescriptionSchema, { algorithm: 'a', passphrase: { salt: 's' }, name: 'n' }],
    ['encrypted secret', encryptedSecretSchema, { ...encrypted, extra: [] }],
    ['stored secret', storedSecretSchema, { encrypted: { id: encrypted, odd: null }, extra: 1 }],
  ] as const)('%s', (_, schema, value) => {
    expect(parseWire<unknown>(schema, value, 'value')).toBe(value)
  })

  test('a stored secret keeps a key id that objects know already', () => {
    const value: unknown = JSON.parse('{"encrypted":{"__proto__":{"iv":"a"},"constructor":1}}')
    const { encrypted } = parseWire(storedSecretSchema, value, 'value')
    expect(Object.keys(encrypted)).toEqual(['__proto__', 'constructor'])
  })
})

describe('account data of another shape is refused', () => {
  test.each([
    ['a default key without its id', defaultKeySchema, {}],
    ['a default key that is a number', defaultKeySchema, { key: 1 }],
    ['a description without algorithm', keyDescriptionSchema, { iv: 'a', mac: 'b' }],
    ['a description with a numeric iv', keyDescriptionSchema, { algorithm: 'a', iv: 1 }],
    ['a description with a null mac', keyDescriptionSchema, { algorithm: 'a', mac: null }],
    ['a description that is an array', keyDescriptionSchema, []],
    ['a secret without encrypted', storedSecretSchema, {}],
    ['a secret whose encrypted is an array', storedSecretSchema, { encrypted: [] }],
    ['an encrypted secret that is null', encryptedSecretSchema, null],
  ] as const)('%s', (_, schema, value) => {
    expect(() => parseWire<unknown>(schema, value, 'value')).toThrow(WireShapeError)
  })
})
