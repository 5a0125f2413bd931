import { decodeBase64, encodeBase64 } from '@roomkeys/crypto/base64'
import { canonicalJson } from '@roomkeys/crypto/canonical-json'
import { ed25519PublicKey } from '@roomkeys/crypto/ed25519'
import { signJson, type Signer, verifyJson } from '@roomkeys/crypto/signed-json'
import { isJsonObject, type JsonObject } from '@roomkeys/types'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { base64Of, bytesOf, canonicalObject } from './arbitraries.ts'
import { initOlm, olmSign, olmVerifies } from './peers/olm.ts'
import {
  initWasm,
  type OlmMachine,
  wasmFirstUploads,
  wasmMachine,
  wasmMasterSeed,
  wasmVerifiesAuthData,
} from './peers/wasm.ts'
import { CASES, seeded } from './seed.ts'

const USER = '@alice:example.org'

beforeAll(async () => {
  await initOlm()
  await initWasm()
})

test('what we sign, libolm verifies', () => {
  fc.assert(
    fc.property(canonicalObject, bytesOf(32), (object, seed) => {
      const signed: JsonObject = signJson(object, { userId: USER, keyId: 'ed25519:A' }, seed)
      const signature = signatureOn(signed, { userId: USER, keyId: 'ed25519:A' })
      const publicKey = encodeBase64(ed25519PublicKey(seed))
      expect(olmVerifies({ publicKey, text: canonicalJson(object), signature })).toBe(true)
      expect(olmVerifies({ publicKey, text: `${canonicalJson(object)} `, signature })).toBe(false)
    }),
    seeded,
  )
})

test('what libolm signs, we verify', () => {
  fc.assert(
    fc.property(canonicalObject, bytesOf(32), (object, seed) => {
      const signature = olmSign(seed, canonicalJson(object))
      const signed = { ...object, signatures: { [USER]: { 'ed25519:A': signature } } }
      const signer = { userId: USER, keyId: 'ed25519:A' }
      expect(verifyJson(signed, signer, ed25519PublicKey(seed))).toBe('valid')
      expect(verifyJson({ ...signed, added: 1 }, signer, ed25519PublicKey(seed))).toBe('invalid')
    }),
    seeded,
  )
})

function signatureOn(signed: JsonObject, { userId, keyId }: Signer): string {
  const { signatures } = signed
  const ofUser = isJsonObject(signatures) ? signatures[userId] : undefined
  const signature = isJsonObject(ofUser) ? ofUser[keyId] : undefined
  if (typeof signature !== 'string') throw new Error('The object is not signed')
  return signature
}

/** A machine, and the cross-signing master key that it trusts. */
interface Master {
  readonly machine: OlmMachine
  readonly seed: Uint8Array
  readonly signer: Signer
}

async function makeMaster(): Promise<Master> {
  const machine = await wasmMachine(USER)
  const seed = decodeBase64(await wasmMasterSeed(machine))
  const keyId = `ed25519:${encodeBase64(ed25519PublicKey(seed))}`
  return { machine, seed, signer: { userId: USER, keyId } }
}

test('auth_data that we sign, the Rust stack verifies by its own canonical JSON', async () => {
  const { machine, seed, signer } = await makeMaster()
  await fc.assert(
    fc.asyncProperty(canonicalObject, base64Of(32), async (extra, publicKey) => {
      const signed = signJson({ ...extra, public_key: publicKey }, signer, seed)
      expect(await wasmVerifiesAuthData(machine, signed)).toBe(true)
      expect(await wasmVerifiesAuthData(machine, { ...signed, added: 1 })).toBe(false)
    }),
    seeded,
  )
  machine.close()
})

/** Every signed object in an upload, wherever it stands. */
function signedObjectsIn(value: unknown): readonly JsonObject[] {
  if (!isJsonObject(value)) return []
  const own = isJsonObject(value['signatures']) ? [value] : []
  return [...own, ...Object.values(value).flatMap(signedObjectsIn)]
}

/** The Ed25519 keys that an upload names in full: `ed25519:…` → unpadded base64. */
function publicKeysIn(value: unknown): readonly (readonly [string, string])[] {
  if (!isJsonObject(value)) return []
  const keys = isJsonObject(value['keys']) ? Object.entries(value['keys']) : []
  const own = keys.filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return [...own, ...Object.values(value).flatMap(publicKeysIn)]
}

function signersOf(object: JsonObject): readonly Signer[] {
  const { signatures } = object
  if (!isJsonObject(signatures)) return []
  return Object.entries(signatures).flatMap(([userId, keys]) =>
    isJsonObject(keys) ? Object.keys(keys).map((keyId) => ({ userId, keyId })) : [],
  )
}

function expectAllValid(uploads: readonly unknown[]): number {
  const publicKeys = new Map(uploads.flatMap(publicKeysIn))
  const objects = uploads.flatMap(signedObjectsIn)
  for (const object of objects) {
    for (const signer of signersOf(object)) {
      const publicKey = decodeBase64(publicKeys.get(signer.keyId) ?? '')
      expect(verifyJson(object, signer, publicKey)).toBe('valid')
      expect(verifyJson({ ...object, added: true }, signer, publicKey)).toBe('invalid')
    }
  }
  return objects.length
}

test(`device, cross-signing and one-time keys that Rust devices sign, we verify: ${CASES} objects`, async () => {
  let verified = 0
  for (let device = 0; verified < CASES; device++) {
    const machine = await wasmMachine(USER, `DEVICE${device}`)
    const found = expectAllValid(await wasmFirstUploads(machine))
    expect(found).toBeGreaterThan(50)
    verified += found
    machine.close()
  }
  expect(verified).toBeGreaterThanOrEqual(CASES)
})
