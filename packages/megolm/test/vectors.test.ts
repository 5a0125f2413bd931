import { encodeBase64 } from '@roomkeys/crypto/base64'
import { concatBytes, fromUtf8 } from '@roomkeys/crypto/bytes'
import { describe, expect, test } from 'vitest'
import {
  compareSessions,
  decodeMessage,
  decrypt,
  exportAt,
  parseSessionExport,
  parseSessionSharing,
  serialiseSessionExport,
  serialiseSessionSharing,
  sessionIdOf,
} from '../src/index.ts'
import { encodePayload } from '../src/message.ts'
import { caught } from './caught.ts'
import { exportedKeys, first, sessions } from './vectors.ts'

test('the file holds what its README says', () => {
  expect(sessions).toHaveLength(12)
  expect(exportedKeys).toHaveLength(60)
})

describe.each(sessions)('session $session_id', (vector) => {
  const { session_id, session_key, exports, messages } = vector

  test('is read as it was shared', () => {
    const session = parseSessionSharing(session_key)
    expect(session.index).toBe(0)
    expect(sessionIdOf(session)).toBe(session_id)
    expect(serialiseSessionSharing(session)).toBe(session_key)
  })

  test.each(exports)('is read as it was exported at index $index', (exported) => {
    const session = parseSessionExport(exported.session_key)
    expect(session.index).toBe(exported.index)
    expect(sessionIdOf(session)).toBe(session_id)
    expect(serialiseSessionExport(session)).toBe(exported.session_key)
  })

  test('is the same in both formats', () => {
    const shared = parseSessionSharing(session_key)
    expect(serialiseSessionExport(shared)).toBe(first(exports).session_key)
  })

  test.each(exports)('is exported by us as it was at index $index', (exported) => {
    expect(exportAt(parseSessionSharing(session_key), exported.index)).toBe(exported.session_key)
  })

  test('is connected at every two indices', () => {
    const copies = exports.map((exported) => parseSessionExport(exported.session_key))
    for (const [i, one] of copies.entries())
      for (const [j, other] of copies.entries())
        expect(compareSessions(one, other)).toBe(i === j ? 'equal' : i < j ? 'better' : 'worse')
  })

  test.each(messages)('decrypts its message $index from each export before it', (message) => {
    for (const exported of exports.filter(({ index }) => index <= message.index)) {
      const session = parseSessionExport(exported.session_key)
      const { plaintext, index, advanced } = decrypt(session, message.ciphertext)
      expect(fromUtf8(plaintext)).toBe(message.plaintext)
      expect(index).toBe(message.index)
      expect(serialiseSessionExport(advanced)).toBe(exportAt(session, index))
    }
  })

  test.each(exports.slice(1))('decrypts nothing before its export at index $index', (exported) => {
    const session = parseSessionExport(exported.session_key)
    for (const { ciphertext } of messages.filter(({ index }) => index < exported.index))
      expect(caught(() => decrypt(session, ciphertext)).code).toBe('index_before_session')
  })

  test.each(messages)('has its message $index encoded as it was', ({ ciphertext: text }) => {
    const message = decodeMessage(text)
    expect(encodeBase64(concatBytes(encodePayload(message), message.mac, message.signature))).toBe(
      text,
    )
  })
})
