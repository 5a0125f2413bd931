import { decodeBase64, encodeBase64 } from '@roomkeys/crypto/base64'
import { concatBytes } from '@roomkeys/crypto/bytes'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { caught } from '../test/caught.ts'
import { first, sessions } from '../test/vectors.ts'
import { decodeMessage, encodePayload } from './message.ts'

const suffix = Uint8Array.from({ length: 72 }, (_, i) => i)
const messageOf = (...payload: readonly number[]) =>
  encodeBase64(concatBytes(Uint8Array.of(3, ...payload), suffix))

const read = (...payload: readonly number[]) => {
  const { index, ciphertext } = decodeMessage(messageOf(...payload))
  return [index, ...ciphertext]
}

test('a message is taken apart', () => {
  const message = decodeMessage(messageOf(0x08, 5, 0x12, 2, 7, 8))
  expect(message).toEqual({
    index: 5,
    ciphertext: Uint8Array.of(7, 8),
    authenticated: Uint8Array.of(3, 0x08, 5, 0x12, 2, 7, 8),
    mac: suffix.slice(0, 8),
    signed: concatBytes(Uint8Array.of(3, 0x08, 5, 0x12, 2, 7, 8), suffix.slice(0, 8)),
    signature: suffix.slice(8),
  })
})

describe('a payload is read', () => {
  test.each([
    ['in any order', [0x12, 1, 7, 0x08, 5], [5, 7]],
    ['with the greatest index', [0x08, 255, 255, 255, 255, 15, 0x12, 1, 7], [0xffffffff, 7]],
    ['with an index in more bytes than it takes', [0x08, 0x85, 0x80, 0, 0x12, 1, 7], [5, 7]],
    ['with the index twice: the last one counts', [0x08, 5, 0x08, 6, 0x12, 1, 7], [6, 7]],
    ['with the ciphertext twice: the last one counts', [0x08, 5, 0x12, 1, 7, 0x12, 1, 8], [5, 8]],
    ['with no ciphertext in the field', [0x08, 5, 0x12, 0], [5]],
    ['with an unknown varint', [0x18, 255, 1, 0x08, 5, 0x12, 1, 7], [5, 7]],
    [
      'with an unknown varint of ten bytes',
      [0x18, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 0x08, 5, 0x12, 1, 7],
      [5, 7],
    ],
    ['with an unknown fixed64', [0x19, 0, 0, 0, 0, 0, 0, 0, 0, 0x08, 5, 0x12, 1, 7], [5, 7]],
    ['with an unknown byte string', [0x08, 5, 0x1a, 2, 1, 2, 0x12, 1, 7], [5, 7]],
    ['with an unknown fixed32', [0x08, 5, 0x12, 1, 7, 0x1d, 0, 0, 0, 0], [5, 7]],
    ['with a field number of several bytes', [0x88, 0x80, 1, 9, 0x08, 5, 0x12, 1, 7], [5, 7]],
  ])('%s', (_, payload, expected) => {
    expect(read(...payload)).toEqual(expected)
  })
})

describe('a payload is refused', () => {
  test.each([
    ['that is empty', []],
    ['without an index', [0x12, 1, 7]],
    ['without a ciphertext', [0x08, 5]],
    ['that ends after a tag', [0x08, 5, 0x12]],
    ['that ends inside a tag', [0x08, 5, 0x12, 1, 7, 0x98]],
    ['that ends inside the index', [0x12, 1, 7, 0x08, 0x85]],
    ['that ends inside the length', [0x08, 5, 0x12, 0x81]],
    ['that ends inside the ciphertext', [0x08, 5, 0x12, 3, 7, 8]],
    ['whose length is the greatest', [0x08, 5, 0x12, 255, 255, 255, 255, 15, 7]],
    ['whose index is 2^32', [0x08, 0x80, 0x80, 0x80, 0x80, 0x10, 0x12, 1, 7]],
    ['whose index has six bytes', [0x08, 0x85, 0x80, 0x80, 0x80, 0x80, 0, 0x12, 1, 7]],
    ['whose index is a byte string', [0x0a, 1, 5, 0x12, 1, 7]],
    ['whose ciphertext is a number', [0x08, 5, 0x10, 1]],
    ['whose index is fixed32', [0x0d, 5, 0, 0, 0, 0x12, 1, 7]],
    ['with field 0', [0x00, 1, 0x08, 5, 0x12, 1, 7]],
    ['with a group', [0x1b, 0x1c, 0x08, 5, 0x12, 1, 7]],
    ['with wire type 6', [0x1e, 0x08, 5, 0x12, 1, 7]],
    ['with wire type 7', [0x1f, 0x08, 5, 0x12, 1, 7]],
    ['that ends inside a fixed64', [0x08, 5, 0x12, 1, 7, 0x19, 0, 0, 0, 0, 0, 0, 0]],
    ['that ends inside a fixed32', [0x08, 5, 0x12, 1, 7, 0x1d, 0, 0, 0]],
    [
      'with a varint of eleven bytes',
      [0x08, 5, 0x12, 1, 7, 0x18, ...Array<number>(10).fill(255), 1],
    ],
  ])('%s', (_, payload) => {
    expect(caught(() => decodeMessage(messageOf(...payload))).code).toBe('bad_message')
  })
})

describe('a text that is no message is refused', () => {
  const { ciphertext: message } = first(first(sessions).messages)

  test.each([
    ['that is empty', '', 'unsupported_version'],
    ['of another version', `BA${message.slice(2)}`, 'unsupported_version'],
    ['with a URL-safe character', `${message.slice(0, -1)}_`, 'bad_base64'],
    ['with white space', `${message} `, 'bad_base64'],
    ['of only the version', encodeBase64(Uint8Array.of(3)), 'bad_length'],
    ['without room for MAC and signature', encodeBase64(suffix.slice(3)), 'bad_length'],
  ])('%s', (_, text, code) => {
    expect(caught(() => decodeMessage(text)).code).toBe(code)
  })

  test('cut off anywhere', () => {
    const bytes = decodeBase64(message)
    for (let length = 0; length < bytes.length; length++) {
      const { code } = caught(() => decodeMessage(encodeBase64(bytes.slice(0, length))))
      expect(['unsupported_version', 'bad_length', 'bad_message']).toContain(code)
    }
  })
})

test('what is encoded is decoded as it was, at any index and length', () => {
  const index = fc.oneof(
    fc.nat(0xffffffff),
    fc.constantFrom(0, 127, 128, 16_383, 16_384, 0xffffffff),
  )
  fc.assert(
    fc.property(index, fc.uint8Array({ maxLength: 300 }), (messageIndex, bytes) => {
      const payload = encodePayload({ index: messageIndex, ciphertext: Uint8Array.from(bytes) })
      const message = decodeMessage(encodeBase64(concatBytes(payload, suffix)))
      expect(message.index).toBe(messageIndex)
      expect(message.ciphertext).toEqual(Uint8Array.from(bytes))
      expect(message.authenticated).toEqual(payload)
    }),
  )
})
