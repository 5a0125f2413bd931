/** Whatever a server sends as the data of an entry: an outcome, never an exception. */
import { encodeBase64 } from '@roomkeys/crypto/base64'
import { utf8 } from '@roomkeys/crypto/bytes'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { serialiseSessionData } from '../src/v1/session-data.ts'
import { openAll, openBad } from './open.ts'
import { bytesEntry, dataEntry, entryOf, jsonEntry, sealed, session } from './sealed.ts'

const text = serialiseSessionData(sealed(utf8(JSON.stringify(session))))
const HUGE = 10_000_000

test('any JSON in place of an entry fails', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), async (data) => {
      expect((await openBad(dataEntry(data))).reason).toMatch(/^malformed_(entry|session_data)$/)
    }),
  )
})

test('any JSON in place of session_data fails', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), async (value) => {
      expect((await openBad(entryOf(value))).reason).toBe('malformed_session_data')
    }),
  )
})

test('any bytes in the right places fail', async () => {
  const bytes = (length: number) =>
    fc.uint8Array({ minLength: length, maxLength: length }).map((given) => encodeBase64(given))
  const shaped = fc.record({
    ephemeral: bytes(32),
    ciphertext: fc.uint8Array().map((given) => encodeBase64(given)),
    mac: bytes(8),
  })
  await fc.assert(
    fc.asyncProperty(shaped, async (value) => {
      expect((await openBad(entryOf(value))).reason).toMatch(/^(mac_mismatch|weak_ephemeral_key)$/)
    }),
    { numRuns: 40 },
  )
})

test('any bytes, encrypted rightly, fail', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array(), async (plaintext) => {
      expect((await openBad(bytesEntry(plaintext))).reason).toBe('malformed_plaintext')
    }),
    { numRuns: 40 },
  )
})

test('any JSON, encrypted rightly, fails', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), async (value) => {
      expect((await openBad(jsonEntry(value))).reason).toBe('malformed_plaintext')
    }),
    { numRuns: 40 },
  )
})

test('any values in the fields of a session, encrypted rightly, give an outcome', async () => {
  const value = fc.option(fc.jsonValue(), { nil: undefined })
  const record = fc.record({
    algorithm: fc.oneof(fc.constant('m.megolm.v1.aes-sha2'), value),
    forwarding_curve25519_key_chain: fc.oneof(fc.constant([]), value),
    sender_key: fc.oneof(fc.string(), value),
    sender_claimed_keys: fc.oneof(fc.dictionary(fc.string(), fc.string()), value),
    session_key: fc.oneof(fc.string(), fc.base64String(), value),
  })
  await fc.assert(
    fc.asyncProperty(record, async (given) => {
      expect((await openBad(jsonEntry(given))).reason).toMatch(
        /^(malformed_plaintext|unsupported_session|malformed_session_key)$/,
      )
    }),
    { numRuns: 60 },
  )
})

describe('10 MB', () => {
  test.each([
    ['in place of an entry', dataEntry('A'.repeat(HUGE)), 'malformed_entry'],
    ['in place of session_data', entryOf('A'.repeat(HUGE)), 'malformed_session_data'],
    ['as ephemeral', entryOf({ ...text, ephemeral: 'A'.repeat(HUGE) }), 'malformed_session_data'],
    ['as mac', entryOf({ ...text, mac: 'A'.repeat(HUGE) }), 'malformed_session_data'],
    ['as ciphertext', entryOf({ ...text, ciphertext: 'A'.repeat(HUGE) }), 'bad_ciphertext'],
    [
      'of noise as ciphertext',
      entryOf({ ...text, ciphertext: '!'.repeat(HUGE) }),
      'malformed_session_data',
    ],
    ['of brackets inside', bytesEntry(utf8('['.repeat(HUGE))), 'malformed_plaintext'],
    [
      'as session_key',
      jsonEntry({ ...session, session_key: 'AQ'.repeat(HUGE / 2) }),
      'malformed_session_key',
    ],
  ])('%s fails', async (_, entry, reason) => {
    const outcome = await openBad(entry)
    expect(outcome.reason).toBe(reason)
    expect(outcome.error.message.length).toBeLessThan(1000)
  })
})

test('ids that objects know already cost nothing', async () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '']
  const data: unknown = JSON.parse('{"__proto__":{"session_data":{}},"constructor":1}')
  const entries = names.map((name) => ({ ...dataEntry(data), sessionId: name }))
  const outcomes = await openAll(entries as Parameters<typeof openAll>[0])
  expect(outcomes.map(({ sessionId }) => sessionId)).toEqual(names)
  expect(outcomes.map((outcome) => outcome.status === 'failed' && outcome.reason)).toEqual(
    names.map(() => 'malformed_entry'),
  )
})
