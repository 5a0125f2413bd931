/** A user with a master key, a self-signing key and devices, made from numbers. */
import {
  type CallerTrust,
  inspectUser,
  openDeviceKey,
  openSigningKey,
  type SigningKey,
  trustedKeys,
} from '@roomkeys/cross-signing'
import { encodeBase64 } from '@roomkeys/crypto/base64'
import { ed25519PublicKey } from '@roomkeys/crypto/ed25519'
import { SecretBytes } from '@roomkeys/crypto/secret'
import { signJson } from '@roomkeys/crypto/signed-json'
import type { JsonObject, KeysQueryResponse } from '@roomkeys/types'
import { inspectAuthData, type TrustContext, type TrustReport } from '../../src/trust/report.ts'

/** A seed and its public key. */
export interface KeyPair {
  readonly seed: SecretBytes
  /** Unpadded base64. */
  readonly publicKey: string
}

/** The key pair of a number. */
export function keyPair(number: number): KeyPair {
  const seed = new Uint8Array(32).fill(number)
  return { seed: new SecretBytes(seed), publicKey: encodeBase64(ed25519PublicKey(seed)) }
}

export const USER = '@alice:example.org'
/** The caller's device. */
export const OWN = 'OWN'
/** A cross-signed device. */
export const OTHER = 'OTHER'
/** A device that nobody has cross-signed. */
export const UNVERIFIED = 'UNVERIFIED'
/** A device that is not listed any more. */
export const DELETED = 'DELETED'

export const master: KeyPair = keyPair(1)
export const selfSigning: KeyPair = keyPair(2)
export const devices: Readonly<Record<string, KeyPair>> = {
  [OWN]: keyPair(3),
  [OTHER]: keyPair(4),
  [UNVERIFIED]: keyPair(5),
  [DELETED]: keyPair(6),
}

/** The key pair of a device of this world. */
export function deviceKey(deviceId: string): KeyPair {
  const pair = devices[deviceId]
  if (pair === undefined) throw new TypeError(`There is no device ${deviceId}`)
  return pair
}

/** An object with one signature more. */
export function signedBy(object: JsonObject, id: string, { seed }: KeyPair): JsonObject {
  return signJson(object, { userId: USER, keyId: `ed25519:${id}` }, seed.expose())
}

function crossSigningKey(usage: string, { publicKey }: KeyPair): JsonObject {
  return { user_id: USER, usage: [usage], keys: { [`ed25519:${publicKey}`]: publicKey } }
}

/** The keys of a device, signed by itself. */
export function deviceObject(deviceId: string, pair: KeyPair): JsonObject {
  const keys = { [`ed25519:${deviceId}`]: pair.publicKey }
  const object = { user_id: USER, device_id: deviceId, algorithms: [], keys }
  return signedBy(object, deviceId, pair)
}

/** The keys of a device, cross-signed. */
export function crossSigned(deviceId: string, pair: KeyPair): JsonObject {
  return signedBy(deviceObject(deviceId, pair), selfSigning.publicKey, selfSigning)
}

/** The master key as it is published. */
export const masterObject: JsonObject = crossSigningKey('master', master)

/** The listed devices. */
export const listed: Readonly<Record<string, JsonObject>> = {
  [OWN]: crossSigned(OWN, deviceKey(OWN)),
  [OTHER]: crossSigned(OTHER, deviceKey(OTHER)),
  [UNVERIFIED]: deviceObject(UNVERIFIED, deviceKey(UNVERIFIED)),
}

/** The answer of `/keys/query` with these devices. */
export function answerWith(deviceKeys: Readonly<Record<string, JsonObject>>): KeysQueryResponse {
  const self = crossSigningKey('self_signing', selfSigning)
  return {
    device_keys: { [USER]: deviceKeys },
    master_keys: { [USER]: masterObject },
    self_signing_keys: { [USER]: signedBy(self, master.publicKey, master) },
  }
}

/** The caller knows the own device and the master key. */
export const caller: CallerTrust = {
  userId: USER,
  device: { deviceId: OWN, publicKey: deviceKey(OWN).publicKey },
  masterKeys: new Map([[USER, master.publicKey]]),
}

/** What a caller sees of this world, or of a changed one. */
export function contextOf(
  answer: KeysQueryResponse = answerWith(listed),
  trust: CallerTrust = caller,
): TrustContext {
  const user = inspectUser(answer, trust.userId, trust)
  return { user, trusted: trustedKeys(user) }
}

/** The report of `auth_data` in this world. */
export function report(authData: JsonObject, context: TrustContext = contextOf()): TrustReport {
  return inspectAuthData(authData, context)
}

/** The master key, opened. */
export const masterSigner: SigningKey = openSigningKey(
  masterObject,
  { userId: USER, usage: 'master' },
  master.seed,
)

/** The own device's key, opened. */
export const ownSigner: SigningKey = openDeviceKey(
  deviceObject(OWN, deviceKey(OWN)),
  { userId: USER, deviceId: OWN },
  deviceKey(OWN).seed,
)
