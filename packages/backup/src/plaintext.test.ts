import { fromUtf8, utf8 } from '@roomkeys/crypto/bytes'
import { type BackedUpSessionData, WireShapeError } from '@roomkeys/types'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { caught } from '../test/caught.ts'
import { at, libolm } from '../test/vectors.ts'
import { EntryError } from './errors.ts'
import { parsePlaintext, serialisePlaintext } from './plaintext.ts'

const record = {
  algorithm: 'm.megolm.v1.aes-sha2',
  forwarding_curve25519_key_chain: [],
  sender_key: 'k',
  sender_claimed_keys: { ed25519: 'e' },
  session_key: 's',
}

function without(field: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== field))
}

const parseText = (text: string) => parsePlaintext(utf8(text))

test('every session by libolm comes back as the same text', () => {
  const texts = libolm.map(({ plaintext }) => plaintext).filter((text) => text.startsWith('{'))
  for (const text of texts) expect(fromUtf8(serialisePlaintext(parseText(text).session))).toBe(text)
  expect(texts).toHaveLength(23)
})

test('writing and reading keeps every key, known or not, in its order', () => {
  const extra = fc.dictionary(
    fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'm.shared_history', '0')),
    fc.jsonValue(),
  )
  fc.assert(
    fc.property(extra, (unknown) => {
      const text = JSON.stringify({ ...unknown, ...record })
      const { session, notes } = parseText(text)
      const inside = Object.fromEntries(
        Object.entries(session).filter(([key]) => key !== 'room_id' && key !== 'session_id'),
      )
      expect(notes).toEqual([])
      expect(fromUtf8(serialisePlaintext(session))).toBe(JSON.stringify(inside))
    }),
  )
})

test('a key named __proto__ survives as a key', () => {
  const text = `{"__proto__":{"polluted":true},${JSON.stringify(record).slice(1)}`
  const { session } = parseText(text)
  expect(fromUtf8(serialisePlaintext(session))).toBe(text)
  expect(session).not.toHaveProperty('polluted')
})

test('room id and session id are left outside', () => {
  const session = { ...record, room_id: '!room', session_id: 'id', kept: 1 }
  expect(JSON.parse(fromUtf8(serialisePlaintext(session)))).toEqual({ ...record, kept: 1 })
})

describe('writing is strict', () => {
  test.each(Object.keys(record))('%s must be there', (field) => {
    // The type forbids it; a caller in JavaScript is not stopped by it.
    const broken = without(field) as BackedUpSessionData
    expect(() => serialisePlaintext(broken)).toThrow(WireShapeError)
  })
})

describe('reading is lenient, with notes', () => {
  test.each([
    [without('sender_claimed_keys'), ['sender_claimed_keys_missing']],
    [
      { ...without('sender_claimed_keys'), sender_clencaimed_keys: { ed25519: 'e' } },
      ['sender_claimed_keys_misspelt'],
    ],
    [without('forwarding_curve25519_key_chain'), ['forwarding_chain_missing']],
    [{ ...record, forwarding_curve25519_key_chain: ['k'] }, ['forwarded']],
  ])('%j', (value, notes) => {
    expect(parseText(JSON.stringify(value)).notes).toEqual(notes)
  })
})

describe('what is no session is malformed', () => {
  test.each([
    '',
    ' ',
    '0123456789abcdef',
    'null',
    '[]',
    '"text"',
    '{}',
    '{"algorithm":1}',
    '\ufeff{}',
    JSON.stringify(without('session_key')),
    JSON.stringify(without('sender_key')),
    JSON.stringify({ ...record, sender_claimed_keys: { ed25519: 1 } }),
    JSON.stringify({ ...record, forwarding_curve25519_key_chain: [1] }),
  ])('%s', (text) => {
    const error = caught(() => parseText(text))
    expect(error).toBeInstanceOf(EntryError)
    expect(error.code).toBe('malformed_plaintext')
  })

  test('bytes that are not UTF-8', () => {
    const error = caught(() => parsePlaintext(Uint8Array.of(0x7b, 0xff, 0x7d)))
    expect(error.code).toBe('malformed_plaintext')
  })

  test('and is not quoted, neither in the message nor in a cause', () => {
    const error = caught(() => parseText('{"session_key":"AQsecret'))
    expect(`${error.message} ${String(error.cause)}`).not.toContain('secret')
    const cut = caught(() => parseText(at(libolm, 5).plaintext.slice(0, -1)))
    expect(cut.message).not.toContain(at(libolm, 5).plaintext.slice(60, 70))
  })
})
