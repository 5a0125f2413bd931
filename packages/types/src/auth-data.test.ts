import { describe, expect, test } from 'vitest'
import { expectAccepted, expectRefused, expectShape } from '../test/expect-shape.ts'
import { objectIn, vectorFile } from '../test/vectors.ts'
import {
  MEGOLM_BACKUP_V1,
  MEGOLM_BACKUP_V2,
  MEGOLM_BACKUP_V2_UNSTABLE,
  MEGOLM_V1,
} from './algorithms.ts'
import { curve25519AuthDataSchema, parseAuthData, signaturesSchema } from './auth-data.ts'
import { WireShapeError } from './errors.ts'

test('the algorithm names are those of the specification', () => {
  expect(MEGOLM_BACKUP_V1).toBe('m.megolm_backup.v1.curve25519-aes-sha2')
  expect(MEGOLM_BACKUP_V2).toBe('m.backup.v2.curve25519-aes-sha2')
  expect(MEGOLM_BACKUP_V2_UNSTABLE).toBe('org.matrix.msc4048.curve25519-aes-sha2')
  expect(MEGOLM_V1).toBe('m.megolm.v1.aes-sha2')
})

test('curve25519 auth_data holds its shape', () => {
  expectShape({
    schema: curve25519AuthDataSchema,
    example: {
      public_key: 'abc',
      signatures: { '@a:x': { 'ed25519:D': 'sig' } },
      private_key_salt: 'salt',
      private_key_iterations: 500000,
      private_key_bits: 256,
    },
    fields: [
      { path: ['public_key'], kind: 'string' },
      { path: ['signatures'], kind: 'object', optional: true },
      { path: ['signatures', '@a:x'], kind: 'object', optional: true },
      { path: ['signatures', '@a:x', 'ed25519:D'], kind: 'string', optional: true },
      { path: ['private_key_salt'], kind: 'string', optional: true },
      { path: ['private_key_iterations'], kind: 'integer', optional: true },
      { path: ['private_key_bits'], kind: 'integer', optional: true },
    ],
  })
})

test('signatures of users and keys named like members of Object.prototype', () => {
  const hostile: unknown = JSON.parse('{"__proto__": {"constructor": "s", "__proto__": "t"}}')
  expectAccepted(signaturesSchema, hostile)
  const broken: unknown = JSON.parse('{"__proto__": {"prototype": 1}}')
  expectRefused(signaturesSchema, broken, { path: '__proto__.prototype', received: 'number' })
})

describe('parseAuthData', () => {
  test.each([MEGOLM_BACKUP_V1, MEGOLM_BACKUP_V2, MEGOLM_BACKUP_V2_UNSTABLE])(
    'a known algorithm gives its typed auth_data, the same object: %s',
    (algorithm) => {
      const authData = { public_key: 'abc', 'org.example': [1] }
      const parsed = parseAuthData(algorithm, authData)
      expect(parsed.algorithm).toBe(algorithm)
      expect(parsed.authData).toBe(authData)
      expect(() => parseAuthData(algorithm, {})).toThrow(WireShapeError)
    },
  )

  test('the auth_data of a real backup is kept as it came', () => {
    const version = objectIn(vectorFile('account-rust.json'), 'backup', 'version')
    const parsed = parseAuthData(String(version['algorithm']), version['auth_data'])
    expect(parsed.algorithm).toBe(MEGOLM_BACKUP_V1)
    expect(parsed.authData).toBe(version['auth_data'])
  })

  test.each([[{}], [{ public_key: 1 }], [{ public_key: 'a', signatures: { u: 's' } }]])(
    'a known algorithm with broken auth_data throws: %j',
    (authData) => {
      expect(() => parseAuthData(MEGOLM_BACKUP_V1, authData)).toThrow(WireShapeError)
      expect(() => parseAuthData(MEGOLM_BACKUP_V1, authData)).toThrow(/^auth_data does not have/)
    },
  )

  test.each(['', 'm.megolm_backup.v9', '__proto__', MEGOLM_BACKUP_V1.toUpperCase()])(
    'an unknown algorithm keeps its name and its raw object: "%s"',
    (name) => {
      const authData = { public_key: 1 }
      const parsed = parseAuthData(name, authData)
      expect(parsed).toEqual({ algorithm: 'unknown', name, authData })
      expect(parsed.authData).toBe(authData)
    },
  )

  test.each([[null], [undefined], ['text'], [[]], [7]])(
    'auth_data that is no object throws for any algorithm: %j',
    (authData) => {
      expect(() => parseAuthData(MEGOLM_BACKUP_V1, authData)).toThrow(WireShapeError)
      expect(() => parseAuthData('org.example', authData)).toThrow(WireShapeError)
    },
  )
})
