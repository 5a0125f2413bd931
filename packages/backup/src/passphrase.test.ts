import type { Curve25519AuthData } from '@roomkeys/types'
import { pbkdf2Sync } from 'node:crypto'
import { describe, expect, test, vi } from 'vitest'
import { rejected } from '../test/caught.ts'
import { matchKey } from './match-key.ts'
import { account } from '../test/vectors.ts'
import { decryptionKeyFromPassphrase } from './passphrase.ts'
import { megolmBackupV1 } from './v1.ts'

const authData: Curve25519AuthData = {
  public_key: account.key.publicKey,
  private_key_salt: 'sält ☃',
  private_key_iterations: 1000,
}

describe('the key of a passphrase', () => {
  test.each(['correct horse battery staple', 'pässwörd ☃', ''])('%j', async (passphrase) => {
    const key = await decryptionKeyFromPassphrase(passphrase, authData)
    const oracle = pbkdf2Sync(passphrase, 'sält ☃', 1000, 32, 'sha512')
    expect([...key.privateKey.expose()]).toEqual([...oracle])
  })

  test('is the same where the length is named', async () => {
    const named = await decryptionKeyFromPassphrase('x', { ...authData, private_key_bits: 256 })
    expect(named.publicKey).toBe((await decryptionKeyFromPassphrase('x', authData)).publicKey)
  })

  test('shows by the version whether the passphrase was right', async () => {
    const { publicKey } = await decryptionKeyFromPassphrase('right', authData)
    const version = { ...account.version, auth_data: { ...authData, public_key: publicKey } }
    const right = await decryptionKeyFromPassphrase('right', authData)
    const wrong = await decryptionKeyFromPassphrase('wrong', authData)
    expect(matchKey(version, right, [megolmBackupV1]).kind).toBe('match')
    expect(matchKey(version, wrong, [megolmBackupV1]).kind).toBe('mismatch')
  })
})

describe('a passphrase that cannot be used', () => {
  const { private_key_salt, private_key_iterations, public_key } = authData
  test.each([
    ['no_passphrase', { public_key }],
    ['no_passphrase', { public_key, private_key_salt: 'salt' }],
    ['no_passphrase', { public_key, private_key_iterations: 1000 }],
    ['unsupported_passphrase', { ...authData, private_key_bits: 512 }],
    ['unsupported_passphrase', { ...authData, private_key_bits: 0 }],
    ['unsupported_passphrase', { ...authData, private_key_iterations: 0 }],
    ['unsupported_passphrase', { ...authData, private_key_iterations: 10_000_001 }],
    ['unsupported_passphrase', { ...authData, private_key_iterations: Number.MAX_SAFE_INTEGER }],
  ])('is %s, before anything is derived (%#)', async (code, given) => {
    const onProgress = vi.fn()
    const error = await rejected(decryptionKeyFromPassphrase('secret', given, { onProgress }))
    expect(error.code).toBe(code)
    expect(error.message).not.toContain('secret')
    expect(onProgress).not.toHaveBeenCalled()
  })

  test('has a salt and rounds to be used', () => {
    expect([private_key_salt, private_key_iterations]).not.toContain(undefined)
  })
})

test('progress is reported, and an aborted signal stops', async () => {
  const onProgress = vi.fn()
  await decryptionKeyFromPassphrase('x', authData, { onProgress })
  expect(onProgress.mock.calls).toEqual([
    [0, 1000],
    [1000, 1000],
  ])
  const reason = new Error('enough')
  const signal = AbortSignal.abort(reason)
  await expect(decryptionKeyFromPassphrase('x', authData, { signal })).rejects.toBe(reason)
})
