import {
  type CallerTrust,
  decodeSeed,
  inspectUser,
  openSigningKey,
  trustedKeys,
} from '@roomkeys/cross-signing'
import { decodeBase64, encodeBase64 } from '@roomkeys/crypto/base64'
import {
  backupVersionInfoSchema,
  type JsonObject,
  jsonObjectSchema,
  parseWire,
} from '@roomkeys/types'
import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { account } from '../../test/vectors.ts'
import { inspectAuthData, type TrustContext } from './report.ts'
import { addSignatures } from './sign-version.ts'
import { uploadTrust } from './upload-trust.ts'

const file = parseWire(
  v.object({
    user_id: v.string(),
    device_id: v.string(),
    device_keys: jsonObjectSchema,
    master_key: jsonObjectSchema,
    self_signing_key: jsonObjectSchema,
    cross_signing_private: v.object({ master: v.string() }),
    backup: v.object({ version: backupVersionInfoSchema }),
  }),
  JSON.parse(
    readFileSync(new URL('../../../../vectors/account-rust.json', import.meta.url), 'utf8'),
  ),
  'account-rust.json',
)
const { user_id: USER, device_id: DEVICE } = file
const { version } = file.backup
const MASTER = 'PMnObPbldZpMk6XaCR3IYL/hAOTGUgo+NH1MmgAmd/g'

function contextOf(trust: CallerTrust): TrustContext {
  const answer = {
    device_keys: { [USER]: { [DEVICE]: file.device_keys } },
    master_keys: { [USER]: file.master_key },
    self_signing_keys: { [USER]: file.self_signing_key },
  }
  const user = inspectUser(answer, USER, trust)
  return { user, trusted: trustedKeys(user) }
}

const context = contextOf({
  userId: USER,
  device: { deviceId: DEVICE, publicKey: 'SlonRfqp+z78IvlwVmOeD4Ec5akxt/kVNEpAWvI8czg' },
})
const statesOf = (authData: JsonObject): readonly string[] =>
  inspectAuthData(authData, context).signatures.map(({ state }) => state)

test('device and master key of the Rust stack have signed the version, and both are trusted', () => {
  const report = inspectAuthData(version.auth_data, {
    ...context,
    held: { key: account.key, source: 'trusted' },
  })
  expect(report.signatures).toEqual([
    {
      userId: USER,
      keyId: `ed25519:${DEVICE}`,
      signer: { kind: 'device', deviceId: DEVICE, isOwn: true },
      state: 'valid_trusted',
    },
    {
      userId: USER,
      keyId: `ed25519:${MASTER}`,
      signer: { kind: 'master_key' },
      state: 'valid_trusted',
    },
  ])
  expect(report).toMatchObject({ keyMatch: 'match', isSignable: true, omitted: 0 })
  expect(uploadTrust(report)).toEqual({ isTrusted: true, by: 'master_key' })
})

test('somebody who knows none of the keys finds both valid, and trusts neither', () => {
  const report = inspectAuthData(version.auth_data, contextOf({ userId: USER }))
  expect(report.signatures.map(({ state }) => state)).toEqual([
    'valid_not_trusted',
    'valid_not_trusted',
  ])
})

test('the master key that the vector holds signs it again to the same signature', () => {
  const seed = decodeSeed(file.cross_signing_private.master)
  const key = openSigningKey(file.master_key, { userId: USER, usage: 'master' }, seed)
  const report = inspectAuthData(version.auth_data, context)
  const body = addSignatures(version, { report, signers: [key] })
  const { algorithm, auth_data } = version
  expect(JSON.stringify(body)).toBe(
    JSON.stringify({ algorithm, auth_data, version: version.version }),
  )
})

describe('a changed byte', () => {
  test('of the public key makes both invalid', () => {
    const bytes = decodeBase64(String(version.auth_data['public_key']))
    for (const at of bytes.keys()) {
      const public_key = encodeBase64(bytes.with(at, (bytes[at] ?? 0) ^ 1))
      expect(statesOf({ ...version.auth_data, public_key })).toEqual(['invalid', 'invalid'])
    }
  })

  test('of any covered character makes both invalid', () => {
    const text = JSON.stringify(version.auth_data)
    const end = text.indexOf(',"signatures"')
    expect(end).toBeGreaterThan(40)
    // From the first quote to the end of the value; other quotes would make it no JSON.
    const places = Array.from({ length: end - 1 }, (_, index) => index + 1).filter((at) =>
      /[\w+/]/.test(text[at] ?? ''),
    )
    for (const at of places) {
      const changed = text.slice(0, at) + (text[at] === 'x' ? 'y' : 'x') + text.slice(at + 1)
      const authData: unknown = JSON.parse(changed)
      expect(statesOf(parseWire(jsonObjectSchema, authData, 'auth_data'))).toEqual([
        'invalid',
        'invalid',
      ])
    }
  })

  test.each([
    ['a field more', { ...version.auth_data, more: null }],
    ['a field less', { signatures: version.auth_data['signatures'] }],
    ['padding', { ...version.auth_data, public_key: `${account.key.publicKey}=` }],
  ])('%s makes both invalid', (_, authData) => {
    expect(statesOf(authData)).toEqual(['invalid', 'invalid'])
  })

  test('of a signature makes that one invalid', () => {
    const ids = [`ed25519:${DEVICE}`, `ed25519:${MASTER}`]
    const all = version.auth_data['signatures'] as Record<string, Record<string, string>>
    for (const id of ids) {
      const bytes = decodeBase64(all[USER]?.[id] ?? '')
      for (const at of bytes.keys()) {
        const other = encodeBase64(bytes.with(at, (bytes[at] ?? 0) ^ 0x11))
        const signatures = { [USER]: { ...all[USER], [id]: other } }
        const states = statesOf({ ...version.auth_data, signatures })
        expect(states).toEqual(ids.map((each) => (each === id ? 'invalid' : 'valid_trusted')))
      }
    }
  })

  test('of what is not covered changes nothing', () => {
    expect(statesOf({ ...version.auth_data, unsigned: { any: 0.5 } })).toEqual([
      'valid_trusted',
      'valid_trusted',
    ])
  })
})
