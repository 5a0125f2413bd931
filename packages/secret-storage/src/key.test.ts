import { decodeBase64, encodeBase64 } from '@roomkeys/crypto/base64'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { caught, rejected } from '../test/caught.ts'
import { vectors } from '../test/vectors.ts'
import { SecretStorageError } from './errors.ts'
import { checkStorageKey } from './key-check.ts'
import {
  createStorageKey,
  createStorageKeyFromPassphrase,
  decodeStorageKey,
  encodeStorageKey,
} from './key.ts'
import { storageKeyFromPassphrase } from './passphrase.ts'
import { AES_HMAC_SHA2, keyDescriptionSchema } from './schemas.ts'
import { parseWire } from '@roomkeys/types'

describe('a new key', () => {
  test('is random, and its description matches it', () => {
    const keys = [createStorageKey(), createStorageKey()] as const
    for (const { key, keyId, description, check } of keys) {
      expect(key.expose()).toHaveLength(32)
      expect(keyId).toMatch(/^[0-9a-f]{32}$/)
      expect(Object.keys(description)).toEqual(['algorithm', 'iv', 'mac'])
      expect(checkStorageKey(key.expose(), description)).toBe('match')
      expect(check).toBe('match')
    }
    expect(keys[0].keyId).not.toBe(keys[1].keyId)
    expect(keys[0].key.expose()).not.toEqual(keys[1].key.expose())
  })

  test('takes its name into the description', () => {
    expect(createStorageKey({ name: 'Laptop' }).description['name']).toBe('Laptop')
  })

  test('of given bytes is that key, and a short one is refused', () => {
    const bytes = new Uint8Array(32).fill(7)
    expect(createStorageKey({ key: bytes }).key.expose()).toEqual(bytes)
    expect(() => createStorageKey({ key: new Uint8Array(31) })).toThrow(TypeError)
  })

  test('shows none of itself', () => {
    const key = createStorageKey({ key: new Uint8Array(32).fill(7) })
    expect(inspect(key)).not.toContain('7, 7')
    expect(JSON.stringify(key)).toContain('[secret]')
  })
})

test.each(vectors.items)('the text form of $recovery_key is read and written', (vector) => {
  const key = decodeStorageKey(vector.recovery_key)
  expect(encodeBase64(key.expose())).toBe(vector.key)
  expect(encodeStorageKey(createStorageKey({ key: decodeBase64(vector.key) }))).toBe(
    vector.recovery_key,
  )
})

describe('a key from a passphrase', () => {
  test('is derived again from its description, as it comes back from the server', async () => {
    const options = { rounds: 10, name: 'Words' }
    const created = await createStorageKeyFromPassphrase('pässwörd ☃', options)
    const wire: unknown = JSON.parse(JSON.stringify(created.description))
    const description = parseWire(keyDescriptionSchema, wire, 'description')
    expect(description).toMatchObject({
      name: 'Words',
      passphrase: { algorithm: 'm.pbkdf2', iterations: 10, bits: 256 },
    })
    const derived = await storageKeyFromPassphrase('pässwörd ☃', description)
    expect(derived.expose()).toEqual(created.key.expose())
    const other = await storageKeyFromPassphrase('passwörd ☃', description)
    expect(checkStorageKey(other.expose(), description)).toBe('mismatch')
  })

  test('has a salt of its own, and 500,000 rounds unless told otherwise', async () => {
    const made = await Promise.all([
      createStorageKeyFromPassphrase('a'),
      createStorageKeyFromPassphrase('a', { rounds: 1 }),
    ])
    const infos = made.map(({ description }) => JSON.stringify(description['passphrase']))
    expect(infos[0]).toContain('"iterations":500000')
    expect(new Set(infos.map((info) => info.slice(0, 70))).size).toBe(2)
    expect(made[0].keyId).not.toBe(made[1].keyId)
  })

  test('takes known randomness', async () => {
    const random = (length: number) => new Uint8Array(length)
    const made = await createStorageKeyFromPassphrase('a', { rounds: 1, random })
    expect(made.keyId).toBe('0'.repeat(32))
    expect(made.description.iv).toBe('AAAAAAAAAAAAAAAAAAAAAA==')
  })

  test('is not made with rounds out of range', async () => {
    for (const rounds of [0, 1.5, 10_000_001])
      expect((await rejected(createStorageKeyFromPassphrase('a', { rounds }))).code).toBe(
        'unsupported_passphrase',
      )
  })
})

describe('a passphrase of a description', () => {
  const passphrase = { algorithm: 'm.pbkdf2', salt: 'salt', iterations: 1 }

  test.each(vectors.passphrases)('gives the key of $passphrase.salt', async (vector) => {
    const description = { algorithm: AES_HMAC_SHA2, passphrase: vector.passphrase }
    const key = await storageKeyFromPassphrase(vector.text, description)
    expect(encodeBase64(key.expose())).toBe(vector.key)
  })

  test.each([128, 136, 384, 512])('gives a key of %i bits', async (bits) => {
    const description = { algorithm: AES_HMAC_SHA2, passphrase: { ...passphrase, bits } }
    const key = await storageKeyFromPassphrase('a', description)
    expect(key.expose()).toHaveLength(bits / 8)
  })

  test.each([
    ['no_passphrase', undefined],
    ['malformed_account_data', null],
    ['malformed_account_data', { algorithm: 'm.pbkdf2', salt: 'salt' }],
    ['malformed_account_data', { ...passphrase, salt: 1 }],
    ['malformed_account_data', { ...passphrase, iterations: -1 }],
    ['malformed_account_data', { ...passphrase, iterations: 1.5 }],
    ['malformed_account_data', { ...passphrase, bits: '256' }],
    ['unsupported_passphrase', { ...passphrase, algorithm: 'm.argon2' }],
    ['unsupported_passphrase', { ...passphrase, iterations: 0 }],
    ['unsupported_passphrase', { ...passphrase, iterations: 10_000_001 }],
    ['unsupported_passphrase', { ...passphrase, iterations: Number.MAX_SAFE_INTEGER }],
    ['unsupported_passphrase', { ...passphrase, bits: 0 }],
    ['unsupported_passphrase', { ...passphrase, bits: 8 }],
    ['unsupported_passphrase', { ...passphrase, bits: 120 }],
    ['unsupported_passphrase', { ...passphrase, bits: 257 }],
    ['unsupported_passphrase', { ...passphrase, bits: 520 }],
  ])('is refused as %s: %j', async (code, info) => {
    const description = {
      algorithm: AES_HMAC_SHA2,
      ...(info === undefined ? {} : { passphrase: info }),
    }
    const error = await rejected(storageKeyFromPassphrase('hunter2', description))
    expect(error.code).toBe(code)
    expect(error.message).not.toContain('hunter2')
  })

  test('stops when it is told to', async () => {
    const description = { algorithm: AES_HMAC_SHA2, passphrase }
    const signal = AbortSignal.abort(new RangeError('stopped'))
    await expect(storageKeyFromPassphrase('a', description, { signal })).rejects.toThrow(RangeError)
  })
})

test('an error keeps its code, and is not worth a retry', () => {
  const error = caught(() => {
    throw new SecretStorageError('wrong_key', 'm', { cause: 1 })
  })
  expect(error).toMatchObject({ code: 'wrong_key', retryable: false, cause: 1 })
})
