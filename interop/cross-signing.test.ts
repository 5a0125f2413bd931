import {
  type CallerTrust,
  decodeSeed,
  inspectUser,
  openDeviceKey,
  openSigningKey,
  signAuthData,
  signDevice,
  signMasterKey,
  trustedKeys,
} from '@roomkeys/cross-signing'
import { encodeBase64 } from '@roomkeys/crypto/base64'
import { canonicalJson } from '@roomkeys/crypto/canonical-json'
import { ed25519PublicKey } from '@roomkeys/crypto/ed25519'
import { SecretBytes } from '@roomkeys/crypto/secret'
import { isJsonObject, type JsonObject, type KeysQueryResponse } from '@roomkeys/types'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { bytesOf, canonicalObject, without } from './arbitraries.ts'
import { initOlm, olmSign, olmVerifies } from './peers/olm.ts'
import { initWasm, wasmMachine } from './peers/wasm.ts'
import {
  wasmDeviceState,
  type WasmIdentity,
  wasmIdentity,
  wasmIsVerified,
  wasmReceiveKeys,
  wasmVerifyUser,
} from './peers/wasm-identity.ts'
import { CASES, seeded } from './seed.ts'

const USER = '@alice:example.org'
const DEVICE = 'DEVICE'

beforeAll(async () => {
  await initOlm()
  await initWasm()
})

const publicKeyOf = (seed: Uint8Array): string => encodeBase64(ed25519PublicKey(seed))

/** The object with a signature by libolm. */
function signedBy(
  object: JsonObject,
  {
    userId,
    id,
    seed,
  }: { readonly userId: string; readonly id?: string; readonly seed: Uint8Array },
): JsonObject {
  const keyId = `ed25519:${id ?? publicKeyOf(seed)}`
  const text = canonicalJson(without(object, ['signatures', 'unsigned']))
  const there = isJsonObject(object['signatures']) ? object['signatures'] : {}
  const ofUser = isJsonObject(there[userId]) ? there[userId] : {}
  const signatures = { ...there, [userId]: { ...ofUser, [keyId]: olmSign(seed, text) } }
  return { ...object, signatures }
}

function signatureOn(object: JsonObject, userId: string, keyId: string): string {
  const { signatures } = object
  const ofUser = isJsonObject(signatures) ? signatures[userId] : undefined
  const signature = isJsonObject(ofUser) ? ofUser[keyId] : undefined
  if (typeof signature !== 'string') throw new Error('The object is not signed')
  return signature
}

/** The seeds of a user, and fields that the specification does not know. */
interface Draft {
  readonly master: Uint8Array
  readonly selfSigning: Uint8Array
  readonly userSigning: Uint8Array
  readonly device: Uint8Array
  readonly extra: JsonObject
}

const seed = bytesOf(32)
const draft: fc.Arbitrary<Draft> = fc.record({
  master: seed,
  selfSigning: seed,
  userSigning: seed,
  device: seed,
  extra: canonicalObject.map((object) =>
    without(object, ['user_id', 'device_id', 'usage', 'keys', 'algorithms', 'signatures']),
  ),
})

/** A user's objects before the signatures that the tests are about. */
function unsignedKeys(userId: string, { master, selfSigning, userSigning, device, extra }: Draft) {
  const key = (usage: string, seed: Uint8Array): JsonObject => {
    const publicKey = publicKeyOf(seed)
    return {
      ...extra,
      user_id: userId,
      usage: [usage],
      keys: { [`ed25519:${publicKey}`]: publicKey },
    }
  }
  return {
    master: key('master', master),
    selfSigning: key('self_signing', selfSigning),
    userSigning: key('user_signing', userSigning),
    device: {
      ...extra,
      user_id: userId,
      device_id: DEVICE,
      algorithms: ['m.olm.v1.curve25519-aes-sha2', 'm.megolm.v1.aes-sha2'],
      keys: {
        [`ed25519:${DEVICE}`]: publicKeyOf(device),
        [`curve25519:${DEVICE}`]: publicKeyOf(device),
      },
    },
  }
}

/** A user whose every signature is libolm's. */
function olmUser(userId: string, draft: Draft) {
  const keys = unsignedKeys(userId, draft)
  const device = signedBy(keys.device, { userId, id: DEVICE, seed: draft.device })
  return {
    master: signedBy(keys.master, { userId, id: DEVICE, seed: draft.device }),
    selfSigning: signedBy(keys.selfSigning, { userId, seed: draft.master }),
    userSigning: signedBy(keys.userSigning, { userId, seed: draft.master }),
    device: signedBy(device, { userId, seed: draft.selfSigning }),
  }
}

type Keys = Pick<WasmIdentity, 'master' | 'selfSigning' | 'userSigning' | 'device'>

/** The answer of `/keys/query` about users, each with one device. */
function answerAbout(users: ReadonlyMap<string, Keys>): KeysQueryResponse {
  const map = (name: keyof Keys): Record<string, JsonObject> =>
    Object.fromEntries([...users].map(([user, keys]) => [user, keys[name]]))
  const devices = [...users].map(([user, { device }]) => {
    const id = device['device_id']
    return [user, { [typeof id === 'string' ? id : '']: device }] as const
  })
  return {
    device_keys: Object.fromEntries(devices),
    master_keys: map('master'),
    self_signing_keys: map('selfSigning'),
    user_signing_keys: map('userSigning'),
  }
}

test('what libolm signs, we find valid, and trust', () => {
  fc.assert(
    fc.property(draft, (draft) => {
      const answer = answerAbout(new Map([[USER, olmUser(USER, draft)]]))
      const device = { deviceId: DEVICE, publicKey: publicKeyOf(draft.device) }
      const report = inspectUser(answer, USER, { userId: USER, device })
      expect(report.identity.selfSigning?.masterSignature).toBe('valid')
      expect(report.identity.userSigning?.masterSignature).toBe('valid')
      expect(report.identity.master?.ownDeviceSignature).toBe('valid')
      expect(report.devices[0]).toMatchObject({
        selfSignature: 'valid',
        crossSignature: 'valid',
        masterSignature: 'valid',
      })
      expect(trustedKeys(report).masterKey).toBe(publicKeyOf(draft.master))
    }),
    seeded,
  )
})

test('what we sign, libolm verifies: device, master keys and auth_data', () => {
  const BOB = '@bob:example.org'
  fc.assert(
    fc.property(draft, draft, (draft, other) => {
      const keys = unsignedKeys(USER, draft)
      const bob = unsignedKeys(BOB, other)
      const own = signedBy(keys.device, { userId: USER, id: DEVICE, seed: draft.device })
      const open = (usage: 'master' | 'self_signing' | 'user_signing', object: JsonObject) => {
        const name = { master: 'master', self_signing: 'selfSigning', user_signing: 'userSigning' }
        const seed = draft[name[usage] as 'master' | 'selfSigning' | 'userSigning']
        return openSigningKey(object, { userId: USER, usage }, new SecretBytes(seed))
      }
      const byDevice = openDeviceKey(
        own,
        { userId: USER, deviceId: DEVICE },
        new SecretBytes(draft.device),
      )
      const verifiedDevice = { deviceId: DEVICE, publicKey: publicKeyOf(draft.device) }
      const ofAlice = { userId: USER, publicKey: publicKeyOf(draft.master) }
      const ofBob = { userId: BOB, publicKey: publicKeyOf(other.master) }
      const bySelf = open('self_signing', keys.selfSigning)
      const byUser = open('user_signing', keys.userSigning)
      const byMaster = open('master', keys.master)
      for (const [signed, { keyId }, seed] of [
        [signDevice(own, verifiedDevice, bySelf), bySelf, draft.selfSigning],
        [signMasterKey(bob.master, ofBob, byUser), byUser, draft.userSigning],
        [signMasterKey(keys.master, ofAlice, byDevice), byDevice, draft.device],
        [signAuthData(draft.extra, byMaster), byMaster, draft.master],
      ] as const) {
        const text = canonicalJson(without(signed, ['signatures', 'unsigned']))
        const signature = signatureOn(signed, USER, keyId)
        expect(olmVerifies({ publicKey: publicKeyOf(seed), text, signature })).toBe(true)
        const changed = `${text} `
        expect(olmVerifies({ publicKey: publicKeyOf(seed), text: changed, signature })).toBe(false)
      }
    }),
    seeded,
  )
})

/** A user whose device our functions cross-sign, and whose master key too when somebody may. */
function ourUser(userId: string, draft: Draft, sign: (master: JsonObject) => JsonObject): Keys {
  const keys = unsignedKeys(userId, draft)
  const own = signedBy(keys.device, { userId, id: DEVICE, seed: draft.device })
  const bySelf = openSigningKey(
    keys.selfSigning,
    { userId, usage: 'self_signing' },
    new SecretBytes(draft.selfSigning),
  )
  const verified = { deviceId: DEVICE, publicKey: publicKeyOf(draft.device) }
  return {
    master: sign(keys.master),
    selfSigning: signedBy(keys.selfSigning, { userId, seed: draft.master }),
    userSigning: signedBy(keys.userSigning, { userId, seed: draft.master }),
    device: signDevice(own, verified, bySelf),
  }
}

test(`devices and users that we sign, the Rust stack trusts: ${CASES} of each`, async () => {
  const machine = await wasmMachine(USER, 'ALICE')
  const alice = await wasmIdentity(machine)
  const byUser = openSigningKey(
    alice.userSigning,
    { userId: USER, usage: 'user_signing' },
    decodeSeed(alice.seeds.userSigning),
  )
  const drafts = fc.sample(draft, { seed: seeded.seed, numRuns: 2 * CASES })
  const users = drafts.map((draft, index) => {
    const userId = `@u${index}:example.org`
    const verified = { userId, publicKey: publicKeyOf(draft.master) }
    // Every other user is verified, the rest are not.
    const sign = (master: JsonObject): JsonObject =>
      index % 2 === 0 ? signMasterKey(master, verified, byUser) : master
    return [userId, ourUser(userId, draft, sign)] as const
  })
  const all = new Map<string, Keys>([[USER, alice], ...users])
  await wasmReceiveKeys(machine, answerAbout(all), [...all.keys()])
  expect(await wasmIsVerified(machine, USER)).toBe(true)
  for (const [index, [userId]] of users.entries()) {
    const isVerified = index % 2 === 0
    expect(await wasmDeviceState(machine, userId, DEVICE)).toEqual({
      isKnown: true,
      isCrossSigned: true,
      isTrusted: isVerified,
    })
    expect(await wasmIsVerified(machine, userId)).toBe(isVerified)
  }
  machine.close()
})

test(`users that the Rust stack verifies, we trust: ${CASES}`, async () => {
  const machine = await wasmMachine(USER, 'ALICE')
  const alice = await wasmIdentity(machine)
  const users = fc
    .sample(draft, { seed: seeded.seed, numRuns: CASES })
    .map((draft, index) => [`@u${index}:example.org`, draft] as const)
  const keys = users.map(([userId, draft]) => [userId, olmUser(userId, draft)] as const)
  const all = new Map<string, Keys>([[USER, alice], ...keys])
  await wasmReceiveKeys(machine, answerAbout(all), [...all.keys()])
  const trust: CallerTrust = {
    userId: USER,
    device: { deviceId: 'ALICE', publicKey: machine.identityKeys.ed25519.toBase64() },
  }
  for (const [userId, draft] of users) {
    const found = all.get(userId)
    if (found === undefined) throw new Error('The user is lost')
    const publicKey = publicKeyOf(draft.master)
    const upload = await wasmVerifyUser(machine, userId)
    const master = upload[publicKey]
    if (!isJsonObject(master)) throw new Error('The machine signed no master key')
    const before = new Map<string, Keys>([
      [USER, alice],
      [userId, found],
    ])
    expect(trustedKeys(inspectUser(answerAbout(before), userId, trust)).masterKey).toBeNull()
    const signatures = { [USER]: (master['signatures'] as Record<string, unknown>)[USER] }
    const signed: Keys = { ...found, master: { ...found.master, signatures } }
    const report = inspectUser(answerAbout(before.set(userId, signed)), userId, trust)
    expect(report.userSignature).toBe('valid')
    expect(trustedKeys(report)).toEqual({
      userId,
      masterKey: publicKey,
      devices: new Map([[DEVICE, publicKeyOf(draft.device)]]),
    })
  }
  machine.close()
})

test(`accounts that the Rust stack makes, we trust, and its seeds open its keys: ${CASES}`, async () => {
  for (let index = 0; index < CASES; index++) {
    const machine = await wasmMachine(USER, `D${index}`)
    const identity = await wasmIdentity(machine)
    const publicKey = machine.identityKeys.ed25519.toBase64()
    const deviceId = `D${index}`
    machine.close()
    const trust = { userId: USER, device: { deviceId, publicKey } }
    const report = inspectUser(answerAbout(new Map([[USER, identity]])), USER, trust)
    expect(report.devices[0]).toMatchObject({
      own: 'match',
      selfSignature: 'valid',
      crossSignature: 'valid',
    })
    const { seeds } = identity
    const usages = [
      ['master', identity.master, seeds.master],
      ['self_signing', identity.selfSigning, seeds.selfSigning],
      ['user_signing', identity.userSigning, seeds.userSigning],
    ] as const
    for (const [usage, object, secret] of usages)
      expect(openSigningKey(object, { userId: USER, usage }, decodeSeed(secret)).role).toBe(usage)
    const { masterKey, devices } = trustedKeys(report)
    expect(report.identity.selfSigning?.masterSignature).toBe('valid')
    expect(report.identity.userSigning?.masterSignature).toBe('valid')
    expect(devices).toEqual(new Map([[deviceId, publicKey]]))
    expect([report.identity.master?.ownDeviceSignature, masterKey === null]).toEqual([
      'valid',
      false,
    ])
  }
})
