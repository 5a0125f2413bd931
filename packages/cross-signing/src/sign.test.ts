import { decodeBase64 } from '@roomkeys/crypto/base64'
import { SecretBytes } from '@roomkeys/crypto/secret'
import { verifyJson } from '@roomkeys/crypto/signed-json'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { caught } from '../test/caught.ts'
import { account, DEVICE, DEVICE_KEY, MASTER, published, USER } from '../test/vectors.ts'
import {
  answerAbout,
  crossSigningKey,
  deviceKeys,
  keyPair,
  makeUser,
  unsigned,
} from '../test/world.ts'
import type { KeyUsage } from './published-key.ts'
import { inspectUser } from './report.ts'
import { signAuthData, signDevice, signMasterKey } from './sign.ts'
import { decodeSeed, openDeviceKey, openSigningKey, type SigningKey } from './signing-key.ts'
import { trustedKeys } from './trust.ts'

const alice = makeUser('@alice:example.org', 10)
const bob = makeUser('@bob:example.org', 20)

const open = (user: typeof alice, usage: KeyUsage): SigningKey => {
  const name = usage === 'master' ? usage : usage === 'self_signing' ? 'selfSigning' : 'userSigning'
  return openSigningKey(user.objects[name], { userId: user.userId, usage }, user[name].seed)
}
const openDevice = ({ objects, userId, deviceId, device }: typeof alice): SigningKey =>
  openDeviceKey(objects.device, { userId, deviceId }, device.seed)

describe('the seeds of the account that the Rust stack made', () => {
  const { cross_signing_private: seeds, backup } = account

  test.each([
    ['master', published.master, seeds.master],
    ['self_signing', published.selfSigning, seeds.self_signing],
    ['user_signing', published.userSigning, seeds.user_signing],
  ] as const)('open the %s key, and no other', (usage, object, secret) => {
    const key = openSigningKey(object, { userId: USER, usage }, decodeSeed(secret))
    expect(key).toMatchObject({ userId: USER, role: usage })
    expect(Object.keys(object['keys'] as object)).toEqual([key.keyId])
    for (const other of Object.values(seeds).filter((one) => one !== secret)) {
      const opening = () => openSigningKey(object, { userId: USER, usage }, decodeSeed(other))
      expect(caught(opening).code).toBe('seed_mismatch')
    }
  })

  test('sign the device with the very signature that is there', () => {
    const expected = { userId: USER, usage: 'self_signing' } as const
    const seed = decodeSeed(seeds.self_signing)
    const key = openSigningKey(published.selfSigning, expected, seed)
    const device = { deviceId: DEVICE, publicKey: DEVICE_KEY }
    const { signatures } = published.device
    const ofUser = (signatures as Record<string, Record<string, string>>)[USER] ?? {}
    const own = { [`ed25519:${DEVICE}`]: ofUser[`ed25519:${DEVICE}`] }
    const before = { ...published.device, signatures: { [USER]: own } }
    expect(signDevice(before, device, key)).toEqual(published.device)
    expect(before.signatures[USER]).toBe(own)
  })

  test('sign auth_data with the very signature that is there', () => {
    const expected = { userId: USER, usage: 'master' } as const
    const key = openSigningKey(published.master, expected, decodeSeed(seeds.master))
    const { signatures, ...bare } = backup.version.auth_data
    const ofUser = (signatures as Record<string, Record<string, string>>)[USER] ?? {}
    const name = `ed25519:${MASTER}`
    expect(signAuthData(bare, key)).toEqual({
      ...bare,
      signatures: { [USER]: { [name]: ofUser[name] } },
    })
  })
})

describe('a seed', () => {
  test.each(['', 'A', '%', 'AAAA', `${MASTER}AAAA`])('is not %j', (secret) => {
    expect(caught(() => decodeSeed(secret)).code).toBe('malformed_seed')
  })

  test('shows none of itself', () => {
    const key = open(alice, 'master')
    expect(inspect(key)).not.toContain('10, 10')
    expect(JSON.stringify(key)).toContain('[secret]')
    const seed = new SecretBytes(new Uint8Array(32).fill(200))
    const expected = { userId: alice.userId, usage: 'master' } as const
    const error = caught(() => openSigningKey(alice.objects.master, expected, seed))
    expect(error.message).not.toContain('200')
  })
})

describe('a published key is refused', () => {
  const expected = { userId: alice.userId, usage: 'master' } as const

  test.each([
    ['of another user', { ...alice.objects.master, user_id: bob.userId }],
    ['of another usage', alice.objects.selfSigning],
    ['without keys', { ...alice.objects.master, keys: {} }],
    ['with a fraction', { ...alice.objects.master, odd: 0.5 }],
    ['that is empty', {}],
  ])('%s', (_, object) => {
    const error = caught(() => openSigningKey(object, expected, alice.master.seed))
    expect(error.code).toBe('malformed_key')
  })

  test('of a device that is not signed by itself, or another one', () => {
    const address = { userId: alice.userId, deviceId: alice.deviceId }
    const opening = () => openDeviceKey(unsigned(alice.objects.device), address, alice.device.seed)
    expect(caught(opening).code).toBe('malformed_key')
    const other = () => openDeviceKey(bob.objects.device, address, bob.device.seed)
    expect(caught(other).code).toBe('malformed_key')
    const seedless = () => openDeviceKey(alice.objects.device, address, bob.device.seed)
    expect(caught(seedless).code).toBe('seed_mismatch')
  })
})

describe('signing a device', () => {
  const pair = keyPair(70)
  const fresh = { ...deviceKeys(alice.userId, 'NEW', pair), unsigned: { device_display_name: 'n' } }
  const verified = { deviceId: 'NEW', publicKey: pair.publicKey }

  test('makes it trusted, and keeps the rest of it', () => {
    const signed = signDevice(fresh, verified, open(alice, 'self_signing'))
    expect(unsigned(signed)).toEqual(unsigned(fresh))
    const answer = { ...answerAbout(alice), device_keys: { [alice.userId]: { NEW: signed } } }
    const masterKeys = new Map([[alice.userId, alice.master.publicKey]])
    const report = inspectUser(answer, alice.userId, { userId: alice.userId, masterKeys })
    expect(report.devices[0]).toMatchObject({ selfSignature: 'valid', crossSignature: 'valid' })
    expect(trustedKeys(report).devices).toEqual(new Map([['NEW', pair.publicKey]]))
  })

  test.each([
    ['wrong_role', deviceKeys(alice.userId, 'NEW', pair), verified, open(alice, 'master')],
    ['wrong_role', deviceKeys(alice.userId, 'NEW', pair), verified, open(alice, 'user_signing')],
    ['malformed_key', deviceKeys(bob.userId, 'NEW', pair), verified, open(alice, 'self_signing')],
    ['malformed_key', deviceKeys(alice.userId, 'OLD', pair), verified, open(alice, 'self_signing')],
    [
      'other_key',
      deviceKeys(alice.userId, 'NEW', keyPair(71)),
      verified,
      open(alice, 'self_signing'),
    ],
    [
      'other_key',
      deviceKeys(alice.userId, 'NEW', pair),
      { deviceId: 'NEW', publicKey: 'none' },
      open(alice, 'self_signing'),
    ],
    [
      'invalid_self_signature',
      { ...deviceKeys(alice.userId, 'NEW', pair), added: 1 },
      verified,
      open(alice, 'self_signing'),
    ],
    [
      'invalid_self_signature',
      { ...deviceKeys(alice.userId, 'NEW', pair), added: 1.5 },
      verified,
      open(alice, 'self_signing'),
    ],
  ] as const)('is refused as %s', (...[code, object, device, key]) => {
    expect(caught(() => signDevice(object, device, key)).code).toBe(code)
  })
})

describe('signing a master key', () => {
  const ofBob = { userId: bob.userId, publicKey: bob.master.publicKey }
  const ofAlice = { userId: alice.userId, publicKey: alice.master.publicKey }

  test('of another user makes that user trusted', () => {
    const master = signMasterKey(bob.objects.master, ofBob, open(alice, 'user_signing'))
    const signedBob = { ...bob, objects: { ...bob.objects, master } }
    const report = inspectUser(answerAbout(alice, signedBob), bob.userId, {
      userId: alice.userId,
      masterKeys: new Map([[alice.userId, alice.master.publicKey]]),
    })
    expect(trustedKeys(report).masterKey).toBe(bob.master.publicKey)
  })

  test('of the own user with the device makes it trusted by that device', () => {
    const bare = crossSigningKey(alice.userId, 'master', alice.master)
    const master = signMasterKey(bare, ofAlice, openDevice(alice))
    expect(master).toEqual(alice.objects.master)
  })

  test.each([
    ['wrong_role', bob.objects.master, ofBob, openDevice(alice)],
    ['wrong_role', bob.objects.master, ofBob, open(alice, 'self_signing')],
    ['wrong_role', alice.objects.master, ofAlice, open(alice, 'user_signing')],
    ['malformed_key', bob.objects.selfSigning, ofBob, open(alice, 'user_signing')],
    ['malformed_key', alice.objects.master, ofBob, open(alice, 'user_signing')],
    ['malformed_key', { ...bob.objects.master, odd: -0.5 }, ofBob, open(alice, 'user_signing')],
    [
      'other_key',
      bob.objects.master,
      { ...ofBob, publicKey: alice.master.publicKey },
      open(alice, 'user_signing'),
    ],
  ] as const)('is refused as %s', (...[code, object, user, key]) => {
    expect(caught(() => signMasterKey(object, user, key)).code).toBe(code)
  })
})

describe('signing auth_data', () => {
  const authData = { public_key: 'p', 'org.example': { deep: [1, null] } }

  test('with the master key, or with a device, and both stay', () => {
    const once = signAuthData(authData, open(alice, 'master'))
    const twice = signAuthData(once, openDevice(alice))
    for (const [{ keyId, userId }, { publicKey }] of [
      [open(alice, 'master'), alice.master],
      [openDevice(alice), alice.device],
    ] as const)
      expect(verifyJson(twice, { userId, keyId }, decodeBase64(publicKey))).toBe('valid')
    expect(twice).toMatchObject(authData)
  })

  test('is refused with keys of other roles', () => {
    for (const usage of ['self_signing', 'user_signing'] as const)
      expect(caught(() => signAuthData(authData, open(alice, usage))).code).toBe('wrong_role')
  })

  test('is refused where there is no canonical JSON', () => {
    const error = caught(() => signAuthData({ public_key: 0.5 }, open(alice, 'master')))
    expect(error.code).toBe('not_canonical_json')
    expect(error.cause).toBeInstanceOf(Error)
  })
})
