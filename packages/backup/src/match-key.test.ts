import { encodeBase64 } from '@roomkeys/crypto/base64'
import type { BackupVersionInfo, JsonObject } from '@roomkeys/types'
import { describe, expect, test } from 'vitest'
import { caught } from '../test/caught.ts'
import { account } from '../test/vectors.ts'
import { generateDecryptionKey } from './decryption-key.ts'
import { matchKey, readVersion } from './match-key.ts'
import { megolmBackupV1 } from './v1.ts'

const { version, key } = account
const algorithms = [megolmBackupV1]

function withAuthData(auth_data: JsonObject): BackupVersionInfo {
  return { ...version, auth_data }
}

test('the key of a version matches, and the version is handed on as it came', () => {
  const match = matchKey(version, key, algorithms)
  expect(match).toEqual({ kind: 'match', algorithm: megolmBackupV1, authData: version.auth_data })
  expect(match).toHaveProperty('authData', version.auth_data)
})

test('a padded public key matches as well', () => {
  const padded = withAuthData({ ...version.auth_data, public_key: `${key.publicKey}=` })
  expect(matchKey(padded, key, algorithms).kind).toBe('match')
})

test('another key does not match', () => {
  expect(matchKey(version, generateDecryptionKey(), algorithms)).toEqual({
    kind: 'mismatch',
    publicKey: version.auth_data['public_key'],
  })
})

test.each([[[]], [algorithms]])('an algorithm that is not known is named', (known) => {
  const future = { ...version, algorithm: 'm.megolm_backup.v9', auth_data: { odd: true } }
  expect(matchKey(future, key, known)).toEqual({
    kind: 'unsupported_algorithm',
    name: 'm.megolm_backup.v9',
  })
  expect(readVersion(future, known)).toBeNull()
})

test('the first algorithm that knows the version reads it', () => {
  const other = { ...megolmBackupV1, name: 'other', parseAuthData: () => null }
  expect(readVersion(version, [other, megolmBackupV1])?.algorithm).toBe(megolmBackupV1)
})

describe('broken auth_data is an error, not a mismatch', () => {
  test.each([
    ['without public_key', {}],
    ['with a null public_key', { public_key: null }],
    ['with a numeric public_key', { public_key: 1 }],
    ['with an empty public_key', { public_key: '' }],
    ['with a public_key of 45 bytes', { public_key: encodeBase64(new Uint8Array(45)) }],
    ['with a public_key of 31 bytes', { public_key: encodeBase64(new Uint8Array(31)) }],
    ['with a public_key that is not base64', { public_key: '*'.repeat(43) }],
    ['with a URL-safe public_key', { public_key: '-_'.repeat(21) + 'A' }],
    ['with signatures that are no map', { public_key: key.publicKey, signatures: [] }],
    ['with rounds that are a text', { public_key: key.publicKey, private_key_iterations: '1' }],
  ])('%s', (_, authData) => {
    const error = caught(() => matchKey(withAuthData(authData), key, algorithms))
    expect(error.code).toBe('malformed_auth_data')
    expect(error.retryable).toBe(false)
  })
})
