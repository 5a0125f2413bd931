import { decodeBase64, encodeBase64 } from '@roomkeys/crypto/base64'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { changed, firstItem, type ItemVector, positionsOf, vectors } from '../test/vectors.ts'
import { SecretStorageError } from './errors.ts'
import { decryptSecret } from './secret.ts'

const item = firstItem()
const key = decodeBase64(item.key)

/** The error that a function throws; anything but a {@link SecretStorageError} fails the test. */
function caught(run: () => unknown): SecretStorageError {
  try {
    run()
  } catch (error) {
    if (error instanceof SecretStorageError) return error
    throw error
  }
  throw new TypeError('Nothing was thrown')
}

/** The text that a changed item decrypts to, or the code of the error. */
function outcome(encrypted: unknown, from: ItemVector = item): string {
  try {
    return decryptSecret(decodeBase64(from.key), from.name, encrypted)
  } catch (error) {
    if (error instanceof SecretStorageError) return error.code
    throw error
  }
}

describe.each(vectors.items)('the secret $name, $encrypted.mac', (vector) => {
  const { name, secret, encrypted } = vector

  test('is decrypted', () => {
    expect(decryptSecret(decodeBase64(vector.key), name, encrypted)).toBe(secret)
  })

  test('is refused under any other key', () => {
    const others = vectors.items.filter((other) => other.key !== vector.key)
    for (const other of others)
      expect(caught(() => decryptSecret(decodeBase64(other.key), name, encrypted)).code).toBe(
        'mac_mismatch',
      )
    expect(others).not.toHaveLength(0)
  })

  test.each(['', 'M.megolm_backup.v1', 'm.megolm_backup.v1 ', 'm.cross_signing.user_signing'])(
    'is refused under the name %j',
    (other) => {
      const error = caught(() => decryptSecret(decodeBase64(vector.key), other, encrypted))
      expect(error.code).toBe('mac_mismatch')
      expect(error.retryable).toBe(false)
    },
  )

  test('is refused with any byte of its ciphertext or MAC changed', () => {
    for (const field of ['ciphertext', 'mac'] as const)
      for (const position of positionsOf(encrypted[field]))
        for (const mask of [0x01, 0x80, 0xff]) {
          const mutated = { ...encrypted, [field]: changed(encrypted[field], position, mask) }
          expect(outcome(mutated, vector)).toBe('mac_mismatch')
        }
    expect(positionsOf(encrypted.mac)).toHaveLength(32)
  })

  test('is refused with a MAC cut short or lengthened', () => {
    const mac = decodeBase64(encrypted.mac)
    for (let length = 0; length < mac.length; length++)
      expect(outcome({ ...encrypted, mac: encodeBase64(mac.slice(0, length)) }, vector)).toBe(
        'mac_mismatch',
      )
    expect(outcome({ ...encrypted, mac: encodeBase64(Uint8Array.of(...mac, 0)) }, vector)).toBe(
      'mac_mismatch',
    )
  })

  test('is decrypted with an iv of 32 bytes, as old clients wrote it, by its first 16', () => {
    const long = new Uint8Array(32).fill(0xee)
    long.set(decodeBase64(encrypted.iv))
    expect(outcome({ ...encrypted, iv: encodeBase64(long) }, vector)).toBe(secret)
  })
})

describe('the iv is not covered by the MAC', () => {
  const long = vectors.items.filter(({ secret }) => secret.length > 16)

  test.each(long)(
    'a changed one gives another text or none, and the format cannot tell: $name',
    (vector) => {
      const { iv } = vector.encrypted
      const outcomes = positionsOf(iv).map((position) =>
        outcome({ ...vector.encrypted, iv: changed(iv, position, 0x01) }, vector),
      )
      expect(outcomes).toHaveLength(16)
      expect(outcomes).not.toContain(vector.secret)
      expect(outcomes).not.toContain('mac_mismatch')
    },
  )

  test('where the changed text is not UTF-8, the secret is malformed', () => {
    const error = caught(() =>
      decryptSecret(key, item.name, {
        ...item.encrypted,
        iv: encodeBase64(new Uint8Array(16)),
      }),
    )
    expect(error.code).toBe('malformed_secret')
    expect(error.message).not.toContain(item.secret.slice(0, 8))
  })
})

describe('a malformed secret', () => {
  const { encrypted } = item
  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a string', item.secret],
    ['an array', [encrypted]],
    ['an empty object', {}],
    ['without iv', { ciphertext: encrypted.ciphertext, mac: encrypted.mac }],
    ['without ciphertext', { iv: encrypted.iv, mac: encrypted.mac }],
    ['without mac', { iv: encrypted.iv, ciphertext: encrypted.ciphertext }],
    ['with a numeric mac', { ...encrypted, mac: 1 }],
    ['with an iv that is not base64', { ...encrypted, iv: '!' }],
    ['with a ciphertext that is not base64', { ...encrypted, ciphertext: '*' }],
    ['with a mac that is not base64', { ...encrypted, mac: 'A' }],
    ['with an empty iv', { ...encrypted, iv: '' }],
    ['with an iv of 15 bytes', { ...encrypted, iv: encodeBase64(new Uint8Array(15)) }],
  ])('is refused: %s', (_, given) => {
    const error = caught(() => decryptSecret(key, item.name, given))
    expect(error.code).toBe('malformed_secret')
    expect(error.message).not.toContain(item.secret.slice(0, 8))
  })

  test('of any JSON is refused, with a typed error', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (given) => {
        expect(outcome(given)).toMatch(/^(malformed_secret|mac_mismatch)$/)
      }),
    )
  })

  test('of 10 MB is refused', () => {
    const huge = 'A'.repeat(10_000_000)
    expect(outcome({ iv: huge, ciphertext: huge, mac: huge })).toBe('mac_mismatch')
  })
})
