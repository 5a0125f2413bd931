import fc from 'fast-check'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { shapeError } from '../test/expect-shape.ts'
import {
  keysQueryResponseSchema,
  loginResponseSchema,
  passwordLoginRequestSchema,
  versionsResponseSchema,
} from './account.ts'
import { curve25519AuthDataSchema } from './auth-data.ts'
import { backupVersionInfoSchema } from './backup-version.ts'
import { parseWire, WireShapeError } from './errors.ts'
import type { WireSchema } from './json.ts'
import { keyBackupDataSchema, roomKeysSchema } from './key-backup-data.ts'
import { matrixErrorBodySchema } from './matrix-error.ts'
import { exportedSessionDataSchema } from './session.ts'

/** Places that want something else than a string, each with a value that holds one there. */
const wrongPlaces: readonly (readonly [WireSchema<unknown>, (secret: string) => unknown])[] = [
  [loginResponseSchema, (secret) => secret],
  [loginResponseSchema, (secret) => [secret]],
  [loginResponseSchema, (secret) => ({ user_id: '', device_id: '', access_token: [secret] })],
  [loginResponseSchema, (secret) => ({ user_id: '', device_id: '', access_token: { t: secret } })],
  [passwordLoginRequestSchema, (secret) => ({ type: secret, password: 1 })],
  [passwordLoginRequestSchema, (secret) => ({ identifier: secret, password: { p: secret } })],
  [versionsResponseSchema, (secret) => ({ versions: [[secret]] })],
  [versionsResponseSchema, (secret) => ({ versions: [], unstable_features: { f: secret } })],
  [keysQueryResponseSchema, (secret) => ({ device_keys: { u: { d: secret } } })],
  [curve25519AuthDataSchema, (secret) => ({ public_key: '', private_key_iterations: secret })],
  [curve25519AuthDataSchema, (secret) => ({ public_key: [secret], signatures: secret })],
  [backupVersionInfoSchema, (secret) => ({ auth_data: secret, count: secret })],
  [keyBackupDataSchema, (secret) => ({ is_verified: secret, session_data: secret })],
  [roomKeysSchema, (secret) => ({ rooms: { r: { sessions: { s: { session_data: secret } } } } })],
  [matrixErrorBodySchema, (secret) => ({ retry_after_ms: secret })],
  [exportedSessionDataSchema, (secret) => ({ session_key: { a: secret }, sender_key: [secret] })],
]

describe('an error holds no value', () => {
  test('of any string, in its message or its issues', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...wrongPlaces),
        fc.string({ minLength: 12, unit: 'binary' }),
        ([schema, place], secret) => {
          const error = shapeError(schema, place(secret))
          expect(error.message.includes(secret)).toBe(false)
          for (const { message, path, received } of error.issues)
            expect(`${message} ${path} ${received}`.includes(secret)).toBe(false)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('not even when it is inspected, serialised or stacked', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...wrongPlaces),
        fc.stringMatching(/^[a-z0-9]{20}$/),
        ([schema, place], secret) => {
          const error = shapeError(schema, place(secret))
          const shown = [inspect(error, { depth: null, showHidden: true }), JSON.stringify(error)]
          expect([...shown, String(error.stack)].join(' ').includes(secret)).toBe(false)
        },
      ),
    )
  })

  test('of a number either', () => {
    const error = shapeError(backupVersionInfoSchema, { count: -814_725_036_914 })
    expect(JSON.stringify([error.message, error.issues])).not.toContain('814')
  })
})

describe('hostile keys', () => {
  test('of a megabyte do not make a message longer than a line or two', () => {
    const key = 'k'.repeat(1_000_000)
    const error = shapeError(roomKeysSchema, { rooms: { [key]: { sessions: { [key]: 1 } } } })
    expect(error.message.length).toBeLessThan(400)
  })

  test('many departures show as three', () => {
    const error = shapeError(exportedSessionDataSchema, {})
    expect(error.issues.length).toBeGreaterThan(3)
    expect(error.message.match(/: expected/g)).toHaveLength(3)
    const versions = Array.from({ length: 1000 }, () => 1)
    expect(shapeError(versionsResponseSchema, { versions }).message.length).toBeLessThan(400)
  })

  test('of any content give a bounded message', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (key) => {
        const rooms = Object.fromEntries([[key, 1]])
        expect(shapeError(roomKeysSchema, { rooms }).message.length).toBeLessThan(400)
      }),
    )
  })
})

describe('WireShapeError', () => {
  test('says what it is, and that asking again does not help', () => {
    const error = new WireShapeError('login response', [
      { path: '', message: 'expected object, received null', received: 'null' },
    ])
    expect(error).toBeInstanceOf(Error)
    expect(error.name).toBe('WireShapeError')
    expect(error.code).toBe('shape')
    expect(error.retryable).toBe(false)
    expect(error.message).toBe(
      'login response does not have the expected shape: value: expected object, received null',
    )
  })

  test('names the value as the caller did, and the place by its path', () => {
    const value = { rooms: { '!r:x': { sessions: { s: { is_verified: 1 } } } } }
    expect(() => parseWire(roomKeysSchema, value, 'body of the upload')).toThrow(
      /^body of the upload does not have the expected shape: rooms\.!r:x\.sessions\.s\./,
    )
  })
})
