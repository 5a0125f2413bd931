import { decodeBase64, encodeBase64 } from '@roomkeys/crypto/base64'
import { decodeKeyText } from '@roomkeys/crypto/key-text'
import { pbkdf2Sha512 } from '@roomkeys/crypto/pbkdf2'
import { utf8 } from '@roomkeys/crypto/bytes'
import { parseWire } from '@roomkeys/types'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { changed, descriptionOf, firstItem, positionsOf, vectors } from '../test/vectors.ts'
import { checkStorageKey } from './key-check.ts'
import { AES_HMAC_SHA2, keyDescriptionSchema } from './schemas.ts'

const item = firstItem()
const key = decodeBase64(item.key)
const description = descriptionOf(item)

describe.each(vectors.items)('the key of $name, $key_check.mac', (vector) => {
  test('matches its own description, from its text form too', () => {
    expect(checkStorageKey(decodeBase64(vector.key), descriptionOf(vector))).toBe('match')
    expect(checkStorageKey(decodeKeyText(vector.recovery_key), descriptionOf(vector))).toBe('match')
  })

  test('matches the description of no other key', () => {
    const others = vectors.items.filter(({ key: other }) => other !== vector.key)
    for (const other of others)
      expect(checkStorageKey(decodeBase64(vector.key), descriptionOf(other))).toBe('mismatch')
    expect(others).toHaveLength(vectors.items.length - 1)
  })

  test('does not match with any bit of it changed', () => {
    for (const position of positionsOf(vector.key))
      for (let bit = 0; bit < 8; bit++) {
        const other = decodeBase64(changed(vector.key, position, 1 << bit))
        expect(checkStorageKey(other, descriptionOf(vector))).toBe('mismatch')
      }
  })
})

test.each(vectors.passphrases)(
  'the key of the passphrase with salt $passphrase.salt',
  async (vector) => {
    const { salt, iterations, bits } = vector.passphrase
    const parameters = { salt: utf8(salt), rounds: iterations, length: bits / 8 }
    expect(encodeBase64(await pbkdf2Sha512(vector.text, parameters))).toBe(vector.key)
  },
)

describe('a check with any byte changed', () => {
  test('of its mac does not match', () => {
    for (const position of positionsOf(description.mac)) {
      const mac = changed(description.mac, position, 0x80)
      expect(checkStorageKey(key, { ...description, mac })).toBe('mismatch')
    }
  })

  test('of its iv does not match, because the zeros encrypt to something else', () => {
    for (const position of positionsOf(description.iv)) {
      const iv = changed(description.iv, position, 0x01)
      expect(checkStorageKey(key, { ...description, iv })).toBe('mismatch')
    }
  })
})

test('an iv of 32 bytes, as old clients wrote it, is read by its first 16', () => {
  const long = new Uint8Array(32).fill(0xee)
  long.set(decodeBase64(description.iv))
  expect(checkStorageKey(key, { ...description, iv: encodeBase64(long) })).toBe('match')
})

test('padding makes no difference', () => {
  const unpadded = {
    ...description,
    iv: description.iv.replaceAll('=', ''),
    mac: description.mac.replaceAll('=', ''),
  }
  expect(unpadded).not.toEqual(description)
  expect(checkStorageKey(key, unpadded)).toBe('match')
})

describe('a description is unknown', () => {
  const { iv, mac } = description
  test.each([
    ['without iv and mac', { algorithm: AES_HMAC_SHA2 }],
    ['without iv', { algorithm: AES_HMAC_SHA2, mac }],
    ['without mac', { algorithm: AES_HMAC_SHA2, iv }],
    ['of another algorithm', { ...description, algorithm: 'm.secret_storage.v9' }],
    ['of an algorithm in other case', { ...description, algorithm: AES_HMAC_SHA2.toUpperCase() }],
    ['with an empty iv', { ...description, iv: '' }],
    ['with an iv of 15 bytes', { ...description, iv: encodeBase64(new Uint8Array(15)) }],
    ['with an iv that is not base64', { ...description, iv: '%%%' }],
    ['with a mac that is not base64', { ...description, mac: 'a b' }],
  ])('%s', (_, given) => {
    expect(checkStorageKey(key, given)).toBe('unknown')
  })
})

describe('a hostile description', () => {
  test('never matches and never throws, whatever its fields hold', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.base64String())
    const hostile = fc.record(
      { algorithm: fc.constantFrom(AES_HMAC_SHA2, '', '__proto__'), iv: text, mac: text },
      { requiredKeys: ['algorithm'] },
    )
    fc.assert(
      fc.property(hostile, (given) => {
        const parsed = parseWire(keyDescriptionSchema, given, 'description')
        expect(checkStorageKey(key, parsed)).not.toBe('match')
      }),
    )
  })

  test('of 10 MB does not match', () => {
    const huge = 'A'.repeat(10_000_000)
    expect(checkStorageKey(key, { ...description, mac: huge })).toBe('mismatch')
    expect(checkStorageKey(key, { ...description, iv: huge })).toBe('mismatch')
  })
})
