import { encodeBase64 } from '@roomkeys/crypto/base64'
import { SecretBytes } from '@roomkeys/crypto/secret'
import { hkdfSync } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { caught } from '../test/caught.ts'
import { account } from '../test/vectors.ts'
import { decryptionKeyFromBytes } from './decryption-key.ts'
import { encryptionKeyFor, encryptionKeyOf } from './encryption-key.ts'
import { backupMacKey } from './mac-key.ts'

const INFO = 'MATRIX_BACKUP_MAC_KEY'
const authData = { public_key: account.key.publicKey }

describe('the MAC key', () => {
  test('is HKDF of the decryption key as it is, by other means', () => {
    const bytes = account.key.privateKey.expose()
    const expected = hkdfSync('sha256', bytes, new Uint8Array(), INFO, 32)
    expect(backupMacKey(account.key).expose()).toEqual(new Uint8Array(expected))
  })

  test('differs for keys that clamping makes the same', () => {
    const one = decryptionKeyFromBytes(new Uint8Array(32).fill(64))
    const other = decryptionKeyFromBytes(new Uint8Array(32).fill(64).with(0, 65))
    expect(one.publicKey).toBe(other.publicKey)
    expect(backupMacKey(one).expose()).not.toEqual(backupMacKey(other).expose())
  })
})

describe('the encryption key', () => {
  test('of a decryption key has both parts', () => {
    const { publicKey, macKey } = encryptionKeyOf(account.key)
    expect(encodeBase64(publicKey)).toBe(account.key.publicKey)
    expect(macKey?.expose()).toEqual(backupMacKey(account.key).expose())
  })

  test('of auth_data has the parts that are given', () => {
    const macKey = new SecretBytes(new Uint8Array(32).fill(1))
    expect(encryptionKeyFor(authData, macKey).macKey).toBe(macKey)
    expect(encryptionKeyFor(authData, null)).toEqual({
      publicKey: encryptionKeyOf(account.key).publicKey,
      macKey: null,
    })
  })

  test('shows no secret when it is printed', () => {
    const key = encryptionKeyOf(account.key)
    const secret = encodeBase64(backupMacKey(account.key).expose())
    expect(inspect(key, { depth: null }) + JSON.stringify(key)).not.toContain(secret)
    expect(JSON.stringify(key.macKey)).toBe('"[secret]"')
  })

  test.each(['', '*', 'AAAA', encodeBase64(new Uint8Array(45))])(
    'of a broken public key is an error: "%s"',
    (public_key) => {
      const error = caught(() => encryptionKeyFor({ public_key }, null))
      expect(error.code).toBe('malformed_auth_data')
    },
  )

  test.each([0, 31, 33, 64])('takes a MAC key of %i bytes for a mistake', (length) => {
    const macKey = new SecretBytes(new Uint8Array(length))
    expect(() => encryptionKeyFor(authData, macKey)).toThrow(TypeError)
  })
})
