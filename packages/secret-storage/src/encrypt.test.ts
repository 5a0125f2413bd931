import { decodeBase64, encodePaddedBase64 } from '@roomkeys/crypto/base64'
import type { RandomBytes } from '@roomkeys/crypto/bytes'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { firstItem, vectors } from '../test/vectors.ts'
import { makeKeyCheck } from './key-check.ts'
import { decryptSecret, encryptBytes, encryptSecret } from './secret.ts'

/** A source that gives these bytes, and nothing else. */
const fixed =
  (bytes: Uint8Array): RandomBytes =>
  (length) => {
    if (length !== bytes.length) throw new TypeError(`${length} bytes were asked for`)
    return Uint8Array.from(bytes)
  }

describe.each(vectors.items)('with the iv of $name, $encrypted.mac', (vector) => {
  const key = decodeBase64(vector.key)

  test('the secret encrypts to the very same text, padding and all', () => {
    const random = fixed(decodeBase64(vector.encrypted.iv))
    const { name, secret } = vector
    expect(encryptSecret(key, { name, secret }, { random })).toEqual(vector.encrypted)
  })

  test('the key check is the very same', () => {
    const random = fixed(decodeBase64(vector.key_check.iv))
    const { iv, mac } = vector.key_check
    expect(makeKeyCheck(key, { random })).toEqual({ iv, mac })
    const check = { name: '', bytes: new Uint8Array(32) }
    expect(encryptBytes(key, check, { random })).toEqual(vector.key_check)
  })
})

const key = decodeBase64(firstItem().key)

test('bit 63 of an iv is cleared, and no other', () => {
  const random = fixed(new Uint8Array(16).fill(0xff))
  const { iv } = encryptSecret(key, { name: 'n', secret: 's' }, { random })
  const expected = new Uint8Array(16).fill(0xff)
  expected[8] = 0x7f
  expect(iv).toBe(encodePaddedBase64(expected))
})

test('the platform gives another iv each time, always with bit 63 cleared', () => {
  const ivs = Array.from({ length: 200 }, () =>
    decodeBase64(encryptSecret(key, { name: 'n', secret: 's' }).iv),
  )
  expect(new Set(ivs.map(encodePaddedBase64)).size).toBe(200)
  expect(ivs.every((iv) => iv.length === 16 && (iv[8] ?? 0) < 0x80)).toBe(true)
  expect(ivs.some((iv) => (iv[0] ?? 0) >= 0x80)).toBe(true)
})

test('any secret comes back under any name', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 80 })
  fc.assert(
    fc.property(text, text, (name, secret) => {
      expect(decryptSecret(key, name, encryptSecret(key, { name, secret }))).toBe(secret)
    }),
  )
})

test('text that UTF-8 cannot hold is refused: it would come back as another text', () => {
  expect(() => encryptSecret(key, { name: 'n', secret: 'a\ud800' })).toThrow(TypeError)
  expect(() => encryptSecret(key, { name: '\udfff', secret: 's' })).toThrow(TypeError)
})

test('a source that gives too few bytes is refused', () => {
  const random: RandomBytes = () => new Uint8Array(15)
  expect(() => encryptSecret(key, { name: 'n', secret: 's' }, { random })).toThrow(TypeError)
})
