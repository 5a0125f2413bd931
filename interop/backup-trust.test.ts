import { decryptionKeyFromBytes } from '@roomkeys/backup'
import {
  addSignatures,
  inspectAuthData,
  newVersionRequest,
  repairVersion,
  type TrustContext,
  uploadTrust,
} from '@roomkeys/backup/trust'
import {
  decodeSeed,
  inspectUser,
  openDeviceKey,
  openSigningKey,
  signDevice,
  type SigningKey,
  trustedKeys,
} from '@roomkeys/cross-signing'
import { encodeBase64 } from '@roomkeys/crypto/base64'
import { ed25519PublicKey } from '@roomkeys/crypto/ed25519'
import { SecretBytes } from '@roomkeys/crypto/secret'
import { signJson } from '@roomkeys/crypto/signed-json'
import { backupVersion, type JsonObject, MEGOLM_BACKUP_V1 } from '@roomkeys/types'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { initWasm, type OlmMachine, wasmMachine } from './peers/wasm.ts'
import { wasmBackupTrust, wasmSignatures } from './peers/wasm-backup-trust.ts'
import { type WasmIdentity, wasmIdentity, wasmReceiveKeys } from './peers/wasm-identity.ts'

const USER = '@alice:example.org'
const OWN = 'ALICE'
const OTHER = 'OTHER'
const key = decryptionKeyFromBytes(new Uint8Array(32).fill(7))
const held = { key, source: 'trusted' } as const
const { publicKey } = key

/** What `auth_data` holds in the wild, and what it may hold. */
const shapes: readonly (readonly [string, JsonObject])[] = [
  ['the public key alone', { public_key: publicKey }],
  ['a null', { public_key: publicKey, nothing: null }],
  [
    'a passphrase',
    { public_key: publicKey, private_key_salt: 'sält', private_key_iterations: 500_000 },
  ],
  [
    'a passphrase before the key, with bits',
    {
      private_key_bits: 256,
      private_key_iterations: 1,
      private_key_salt: '',
      public_key: publicKey,
    },
  ],
  [
    'a field of a vendor',
    { public_key: publicKey, 'org.example': { z: [1, null], a: { b: true } } },
  ],
  ['text of all planes', { public_key: publicKey, text: 'ü\u0000\u2028\u{1f511}\uffee' }],
  ['names of all planes', { public_key: publicKey, '\u{1f511}': 1, '\uffee': 2, ü: 3, '': 4 }],
  ['large numbers', { public_key: publicKey, max: 2 ** 53 - 1, min: 1 - 2 ** 53, zero: 0 }],
  ['nesting', { public_key: publicKey, a: [[[[[{ b: [{ c: {} }] }]]]]] }],
  ['unsigned fields', { public_key: publicKey, unsigned: { age: 1 } }],
  ['no signatures', { public_key: publicKey, signatures: {} }],
  [
    'signatures of others',
    {
      public_key: publicKey,
      signatures: {
        [USER]: { 'ed25519:GONE': 'A'.repeat(86) },
        '@bob:example.org': { 'ed25519:B': 'A'.repeat(86) },
      },
    },
  ],
  ['a field of the next algorithm', { public_key: publicKey, signing_public_key: publicKey }],
]

/** The machine's user, and a second device of the user whose seed is ours. */
interface World {
  readonly machine: OlmMachine
  readonly context: TrustContext
  readonly master: SigningKey
  readonly other: SigningKey
}

function otherDevice(seed: Uint8Array, identity: WasmIdentity): JsonObject {
  const publicKey = encodeBase64(ed25519PublicKey(seed))
  const object = {
    user_id: USER,
    device_id: OTHER,
    algorithms: ['m.olm.v1.curve25519-aes-sha2', 'm.megolm.v1.aes-sha2'],
    keys: { [`ed25519:${OTHER}`]: publicKey, [`curve25519:${OTHER}`]: publicKey },
  }
  const signed = signJson(object, { userId: USER, keyId: `ed25519:${OTHER}` }, seed)
  const bySelf = openSigningKey(
    identity.selfSigning,
    { userId: USER, usage: 'self_signing' },
    decodeSeed(identity.seeds.selfSigning),
  )
  return signDevice(signed, { deviceId: OTHER, publicKey }, bySelf)
}

async function makeWorld(): Promise<World> {
  const machine = await wasmMachine(USER, OWN)
  const identity = await wasmIdentity(machine)
  const seed = new Uint8Array(32).fill(9)
  const device = otherDevice(seed, identity)
  const answer = {
    device_keys: { [USER]: { [OWN]: identity.device, [OTHER]: device } },
    master_keys: { [USER]: identity.master },
    self_signing_keys: { [USER]: identity.selfSigning },
    user_signing_keys: { [USER]: identity.userSigning },
  }
  await wasmReceiveKeys(machine, answer, [USER])
  const ed25519 = machine.identityKeys.ed25519.toBase64()
  const user = inspectUser(answer, USER, {
    userId: USER,
    device: { deviceId: OWN, publicKey: ed25519 },
  })
  return {
    machine,
    context: { user, trusted: trustedKeys(user) },
    master: openSigningKey(
      identity.master,
      { userId: USER, usage: 'master' },
      decodeSeed(identity.seeds.master),
    ),
    other: openDeviceKey(device, { userId: USER, deviceId: OTHER }, new SecretBytes(seed)),
  }
}

let world: World
beforeAll(async () => {
  await initWasm()
  world = await makeWorld()
})
afterAll(() => {
  world.machine.close()
})

const versionOf = (auth_data: JsonObject) => ({
  algorithm: MEGOLM_BACKUP_V1,
  auth_data,
  version: backupVersion('1'),
})

/** Our verdict on the two signers that a machine tells apart, in its words. */
function ourTrust(authData: JsonObject) {
  const report = inspectAuthData(authData, world.context)
  const device = report.signatures.find(({ signer }) => signer.kind === 'device' && signer.isOwn)
  const master = report.signatures.find(({ signer }) => signer.kind === 'master_key')
  const { isTrusted } = uploadTrust(report)
  return { device: device?.state, masterKey: master?.state, isTrusted }
}

describe.each(shapes)('auth_data with %s', (_, authData) => {
  test('that our master key signs, the Rust stack finds signed by the user', async () => {
    const { auth_data } = repairVersion(versionOf(authData), { held, signers: [world.master] })
    const found = await wasmBackupTrust(world.machine, auth_data)
    expect(found).toEqual({ device: 'missing', masterKey: 'valid_trusted', isTrusted: true })
    expect(ourTrust(auth_data)).toEqual(found)
  })

  test('that our device signs, the Rust stack trusts through that device', async () => {
    const { auth_data } = repairVersion(versionOf(authData), { held, signers: [world.other] })
    const found = await wasmBackupTrust(world.machine, auth_data)
    expect(found).toEqual({ device: 'missing', masterKey: 'missing', isTrusted: true })
    expect(ourTrust(auth_data)).toEqual(found)
  })

  test('that the Rust stack signs, we find signed by both, and another signature changes nothing', async () => {
    const signatures = { [USER]: await wasmSignatures(world.machine, authData) }
    const signed = { ...authData, signatures }
    const report = inspectAuthData(signed, world.context)
    expect(ourTrust(signed)).toEqual({
      device: 'valid_trusted',
      masterKey: 'valid_trusted',
      isTrusted: true,
    })
    const { auth_data } = addSignatures(versionOf(signed), { report, signers: [world.other] })
    const found = await wasmBackupTrust(world.machine, auth_data)
    expect(found).toEqual(ourTrust(auth_data))
    expect(found.device).toBe('valid_trusted')
  })

  test('that was changed after, both find invalid', async () => {
    const signatures = { [USER]: await wasmSignatures(world.machine, authData) }
    const changed = { ...authData, signatures, private_key_salt: 'other' }
    const found = await wasmBackupTrust(world.machine, changed)
    expect(found).toEqual({ device: 'invalid', masterKey: 'invalid', isTrusted: false })
    expect(ourTrust(changed)).toEqual(found)
  })
})

test('a new version with a passphrase is signed by the user', async () => {
  const fields = { private_key_salt: 's', private_key_iterations: 500_000 }
  const { auth_data } = newVersionRequest({
    algorithm: MEGOLM_BACKUP_V1,
    publicKey,
    fields,
    signers: [world.master, world.other],
  })
  const found = await wasmBackupTrust(world.machine, auth_data)
  expect(found).toEqual({ device: 'missing', masterKey: 'valid_trusted', isTrusted: true })
})

test('what nobody has signed, neither trusts', async () => {
  const authData = { public_key: publicKey, signatures: {} }
  const found = await wasmBackupTrust(world.machine, authData)
  expect(found).toEqual({ device: 'missing', masterKey: 'missing', isTrusted: false })
  expect(ourTrust(authData)).toEqual(found)
})
