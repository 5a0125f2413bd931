import { CrossSigningError } from '@roomkeys/cross-signing'
import { encodeBase64 } from '@roomkeys/crypto/base64'
import { canonicalJson } from '@roomkeys/crypto/canonical-json'
import { backupVersion, type JsonObject, MEGOLM_BACKUP_V1 } from '@roomkeys/types'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  contextOf,
  DELETED,
  deviceKey,
  master,
  masterSigner,
  OWN,
  ownSigner,
  report,
  signedBy,
  UNVERIFIED,
  USER,
} from '../../test/trust/world.ts'
import { decryptionKeyFromBytes } from '../decryption-key.ts'
import { BackupError } from '../errors.ts'
import { inspectAuthData } from './report.ts'
import { addSignatures, newVersionRequest, repairVersion } from './sign-version.ts'
import { uploadTrust } from './upload-trust.ts'

const key = decryptionKeyFromBytes(new Uint8Array(32).fill(7))
const held = { key, source: 'trusted' } as const
const both = [masterSigner, ownSigner]

const versionOf = (auth_data: JsonObject) => ({
  algorithm: MEGOLM_BACKUP_V1,
  auth_data,
  version: backupVersion('7'),
})

/** The error that a function throws. */
function caught(run: () => unknown): BackupError {
  try {
    run()
  } catch (error) {
    if (error instanceof BackupError) return error
    throw error
  }
  throw new TypeError('Nothing was thrown')
}

const passphrase: JsonObject = {
  private_key_salt: 'salt',
  public_key: key.publicKey,
  private_key_iterations: 500_000,
  signatures: { '@bob:example.org': { 'ed25519:B': 'x' }, [USER]: { 'ed25519:GONE': 'y' } },
  'org.example.vendor': { z: [1, { b: null, a: 'ü' }], y: false },
}

/** All but the signatures, as bytes in their order. */
function rest(authData: JsonObject): string {
  return JSON.stringify({ ...authData, signatures: 0 })
}

describe('a new version', () => {
  test('is signed by master key and device', () => {
    const { publicKey } = key
    const body = newVersionRequest({ algorithm: 'a', publicKey, signers: both })
    expect(Object.keys(body)).toEqual(['algorithm', 'auth_data'])
    expect(Object.keys(body.auth_data)).toEqual(['public_key', 'signatures'])
    const found = report(body.auth_data)
    expect(found.signatures.map(({ signer, state }) => [signer.kind, state])).toEqual([
      ['master_key', 'valid_trusted'],
      ['device', 'valid_trusted'],
    ])
  })

  test('may hold more fields, which the signatures cover', () => {
    const fields = { private_key_salt: 's', private_key_iterations: 1 }
    const publicKey = `${key.publicKey}=`
    const { auth_data } = newVersionRequest({ algorithm: 'a', publicKey, fields, signers: both })
    expect(auth_data).toMatchObject({ ...fields, public_key: key.publicKey })
    expect(uploadTrust(report(auth_data)).isTrusted).toBe(true)
    expect(uploadTrust(report({ ...auth_data, private_key_salt: 't' })).isTrusted).toBe(false)
  })

  test.each([[''], ['x'], [encodeBase64(new Uint8Array(45))]])('of %j is refused', (publicKey) => {
    const error = caught(() => newVersionRequest({ algorithm: 'a', publicKey, signers: both }))
    expect(error).toMatchObject({ code: 'malformed_auth_data', retryable: false })
  })

  test('is never unsigned', () => {
    const { publicKey } = key
    expect(() => newVersionRequest({ algorithm: 'a', publicKey, signers: [] })).toThrow(
      new TypeError('signers must not be empty'),
    )
  })
})

describe('adding a signature', () => {
  test('keeps every other field and signature, in their order', () => {
    const trusted = signedBy(passphrase, master.publicKey, master)
    const version = versionOf(trusted)
    const body = addSignatures(version, { report: report(trusted), signers: [ownSigner] })
    expect(rest(body.auth_data)).toBe(rest(passphrase))
    expect(body).toMatchObject({ algorithm: version.algorithm, version: '7' })
    expect(Object.keys(body)).toEqual(['algorithm', 'auth_data', 'version'])
    const expected = signedBy(trusted, OWN, deviceKey(OWN))
    expect(JSON.stringify(body.auth_data)).toBe(JSON.stringify(expected))
  })

  test.each([
    ['unsigned', passphrase],
    [
      'signed by a device that is not trusted',
      signedBy(passphrase, UNVERIFIED, deviceKey(UNVERIFIED)),
    ],
    ['signed by a deleted device', signedBy(passphrase, DELETED, deviceKey(DELETED))],
    ['changed', { ...signedBy(passphrase, master.publicKey, master), private_key_salt: 'other' }],
  ])('to a version that is %s is refused', (_, authData) => {
    const signers = { report: report(authData), signers: both }
    expect(caught(() => addSignatures(versionOf(authData), signers)).code).toBe('untrusted_version')
  })

  test('to a version without a public key is refused', () => {
    const authData = signedBy({ public_key: 'x' }, master.publicKey, master)
    const signers = { report: report(authData), signers: both }
    expect(caught(() => addSignatures(versionOf(authData), signers)).code).toBe(
      'malformed_auth_data',
    )
  })

  test('by the report of another version is a mistake', () => {
    const trusted = signedBy(passphrase, master.publicKey, master)
    const signers = { report: report(trusted), signers: both }
    expect(() => addSignatures(versionOf(passphrase), signers)).toThrow(
      new TypeError('report must be of this version'),
    )
  })

  test('is what the key match allows as well', () => {
    const found = inspectAuthData(passphrase, { ...contextOf(), held })
    const body = addSignatures(versionOf(passphrase), { report: found, signers: both })
    expect(uploadTrust(report(body.auth_data)).isTrusted).toBe(true)
  })
})

describe('repairing', () => {
  test.each([
    ['an unsigned version', passphrase],
    ['one with invalid signatures', { ...signedBy(passphrase, OWN, deviceKey(OWN)), more: 1 }],
    ['one whose signatures are a list', { ...passphrase, signatures: ['x'] }],
    ['one whose own signatures are a text', { ...passphrase, signatures: { [USER]: 'x' } }],
    ['one without signatures', { a: 1, public_key: key.publicKey }],
  ])('%s makes it trusted, and keeps the rest', (_, authData) => {
    const body = repairVersion(versionOf(authData), { held, signers: both })
    expect(rest(body.auth_data)).toBe(rest(authData))
    expect(uploadTrust(report(body.auth_data))).toEqual({ isTrusted: true, by: 'master_key' })
  })

  test.each([
    ['wrong_key', { ...passphrase, public_key: encodeBase64(new Uint8Array(32)) }, held],
    ['untrusted_key_source', passphrase, { key, source: 'untrusted' }],
    ['malformed_auth_data', { public_key: encodeBase64(new Uint8Array(45)) }, held],
    ['malformed_auth_data', {}, held],
  ] as const)('is refused: %s', (code, authData, held) => {
    const error = caught(() => repairVersion(versionOf(authData), { held, signers: both }))
    expect(error.code).toBe(code)
  })

  test('what has no canonical form is refused as such', () => {
    const authData = { ...passphrase, odd: 0.5 }
    expect(() => repairVersion(versionOf(authData), { held, signers: both })).toThrow(
      CrossSigningError,
    )
  })
})

/** What canonical JSON cannot hold, nobody can sign. */
function isSignable(object: JsonObject): boolean {
  try {
    canonicalJson(object)
    return true
  } catch {
    return false
  }
}

test('every field of any auth_data survives, byte for byte in its order', () => {
  const fields = fc
    .dictionary(
      fc.oneof(fc.string({ unit: 'binary', maxLength: 8 }), fc.constant('__proto__')),
      fc.jsonValue({ stringUnit: 'binary', maxDepth: 2 }),
      { noNullPrototype: true },
    )
    .map((object): JsonObject => JSON.parse(JSON.stringify(object)) as JsonObject)
    .filter(isSignable)
  fc.assert(
    fc.property(fields, fields, (before, after) => {
      const authData = { ...before, public_key: key.publicKey, ...after, signatures: {} }
      Object.assign(authData, { public_key: key.publicKey })
      const body = repairVersion(versionOf(authData), { held, signers: [masterSigner] })
      expect(rest(body.auth_data)).toBe(rest(authData))
      expect(uploadTrust(report(body.auth_data)).isTrusted).toBe(true)
    }),
    { numRuns: 60 },
  )
})
