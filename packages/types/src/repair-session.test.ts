import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expectAccepted } from '../test/expect-shape.ts'
import { isJsonObject, type JsonObject } from './json.ts'
import { repairSession } from './repair-session.ts'
import { backedUpSessionDataSchema } from './session.ts'

const whole: JsonObject = {
  algorithm: 'm.megolm.v1.aes-sha2',
  forwarding_curve25519_key_chain: [],
  sender_key: 'k',
  sender_claimed_keys: { ed25519: 'e' },
  session_key: 's',
}

function without(...keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(whole).filter(([key]) => !keys.includes(key)))
}

describe('a record without departures', () => {
  test('comes back as the same object', () => {
    const repaired = repairSession(whole)
    expect(repaired.value).toBe(whole)
    expect(repaired.notes).toEqual([])
  })

  test('that was forwarded is noted, and still the same object', () => {
    const record = { ...whole, forwarding_curve25519_key_chain: ['k1', 'k2'] }
    const repaired = repairSession(record)
    expect(repaired.value).toBe(record)
    expect(repaired.notes).toEqual(['forwarded'])
  })

  test('keeps a misspelt field beside the right one', () => {
    const record = { ...whole, sender_clencaimed_keys: { ed25519: 'other' } }
    expect(repairSession(record)).toEqual({ value: record, notes: [] })
    expect(repairSession(record).value).toBe(record)
  })
})

describe('a record with departures', () => {
  const cases = [
    [
      'no claimed keys',
      without('sender_claimed_keys'),
      { ...whole, sender_claimed_keys: {} },
      ['sender_claimed_keys_missing'],
    ],
    [
      'misspelt claimed keys',
      { ...without('sender_claimed_keys'), sender_clencaimed_keys: { ed25519: 'e' } },
      whole,
      ['sender_claimed_keys_misspelt'],
    ],
    [
      'no forwarding chain',
      without('forwarding_curve25519_key_chain'),
      whole,
      ['forwarding_chain_missing'],
    ],
    [
      'neither',
      without('sender_claimed_keys', 'forwarding_curve25519_key_chain'),
      { ...whole, sender_claimed_keys: {} },
      ['sender_claimed_keys_missing', 'forwarding_chain_missing'],
    ],
    [
      'misspelt, and forwarded',
      {
        ...without('sender_claimed_keys'),
        sender_clencaimed_keys: { ed25519: 'e' },
        forwarding_curve25519_key_chain: ['k1'],
      },
      { ...whole, forwarding_curve25519_key_chain: ['k1'] },
      ['sender_claimed_keys_misspelt', 'forwarded'],
    ],
  ] as const

  test.each(cases.map(([name, ...rest]) => ({ name, rest })))('$name', ({ rest }) => {
    const [record, value, notes] = rest
    const before = JSON.stringify(record)
    const repaired = repairSession(record)
    expect(repaired).toEqual({ value, notes })
    expect(JSON.stringify(record)).toBe(before)
    expectAccepted(backedUpSessionDataSchema, repaired.value)
  })

  test('keeps unknown keys, also those named like members of Object.prototype', () => {
    const record: unknown = JSON.parse(
      '{"sender_clencaimed_keys": {}, "__proto__": {"a": 1}, "constructor": 2, "org.x": 3}',
    )
    const { value } = repairSession(record)
    expect(JSON.parse(JSON.stringify(value))).toEqual(
      JSON.parse(
        '{"__proto__": {"a": 1}, "constructor": 2, "org.x": 3, "sender_claimed_keys": {}, "forwarding_curve25519_key_chain": []}',
      ),
    )
    expect(isJsonObject(value) && Object.hasOwn(value, '__proto__')).toBe(true)
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  })

  test('is not repaired where a field is there but broken: the parser is to refuse it', () => {
    const record = { ...whole, sender_claimed_keys: null, forwarding_curve25519_key_chain: 'k' }
    const repaired = repairSession(record)
    expect(repaired.value).toBe(record)
    expect(repaired.notes).toEqual([])
  })
})

test.each([[null], [undefined], ['record'], [7], [true], [[]], [[whole]]])(
  'what is no object passes through: %j',
  (value) => {
    const repaired = repairSession(value)
    expect(repaired.value).toBe(value)
    expect(repaired.notes).toEqual([])
  },
)

test('repairing twice changes nothing more', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const once = repairSession(value).value
      const twice = repairSession(once)
      expect(twice.value).toBe(once)
      expect(twice.notes.filter((note) => note !== 'forwarded')).toEqual([])
    }),
  )
})
