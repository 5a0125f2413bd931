import { encodeBase64 } from '@roomkeys/crypto/base64'
import { CryptoError } from '@roomkeys/crypto/bytes'
import fc from 'fast-check'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { account } from '../test/vectors.ts'
import {
  decodeDecryptionKey,
  decryptionKeyFromBytes,
  encodeDecryptionKey,
  generateDecryptionKey,
} from './decryption-key.ts'

test('the text form gives the key back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      const key = decryptionKeyFromBytes(bytes)
      const read = decodeDecryptionKey(encodeDecryptionKey(key))
      expect(read.privateKey.expose()).toEqual(Uint8Array.from(bytes))
      expect(read.publicKey).toBe(key.publicKey)
    }),
    { numRuns: 30 },
  )
})

test('the bytes are copied', () => {
  const bytes = new Uint8Array(32).fill(1)
  const key = decryptionKeyFromBytes(bytes)
  bytes.fill(0)
  expect(key.privateKey.expose()).toEqual(new Uint8Array(32).fill(1))
})

test.each([0, 31, 33, 64])('%i bytes are a mistake of the caller', (length) => {
  expect(() => decryptionKeyFromBytes(new Uint8Array(length))).toThrow(TypeError)
  expect(() => decryptionKeyFromBytes(new Uint8Array(length))).toThrow(/^privateKey must be 32/)
})

test('a generated key is drawn from the given source', () => {
  const key = generateDecryptionKey((length) => new Uint8Array(length).fill(9))
  expect(key.privateKey.expose()).toEqual(new Uint8Array(32).fill(9))
  expect(generateDecryptionKey().publicKey).not.toBe(generateDecryptionKey().publicKey)
})

test('a typo is a typed error', () => {
  expect(() => decodeDecryptionKey(account.keyText.slice(0, -1))).toThrow(CryptoError)
})

describe('a key', () => {
  const { key } = account
  const bytes = key.privateKey.expose()
  const forms = [
    encodeBase64(bytes).slice(0, 12),
    Buffer.from(bytes).toString('hex').slice(0, 16),
    bytes.subarray(0, 8).join(', '),
    bytes.subarray(0, 8).join(),
    account.keyText.slice(0, 14),
  ]

  test.each([
    ['inspected', inspect(key, { depth: 10, showHidden: true })],
    ['made JSON', JSON.stringify(key)],
    ['made a text', String(key.privateKey)],
  ])('shows nothing secret when it is %s', (_, shown) => {
    for (const form of forms) expect(shown).not.toContain(form)
  })

  test('shows its public key', () => {
    expect(JSON.parse(JSON.stringify(key))).toEqual({
      privateKey: '[secret]',
      publicKey: key.publicKey,
    })
  })
})
