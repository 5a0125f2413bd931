/** Users with cross-signing keys and devices, made from numbers. */
import { encodeBase64 } from '@roomkeys/crypto/base64'
import { ed25519PublicKey } from '@roomkeys/crypto/ed25519'
import { SecretBytes } from '@roomkeys/crypto/secret'
import { signJson } from '@roomkeys/crypto/signed-json'
import type { JsonObject, KeysQueryResponse } from '@roomkeys/types'
import type { KeyUsage } from '../src/published-key.ts'

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

/** An object with a signature more. */
export function signedBy(
  object: JsonObject,
  signer: { readonly userId: string; readonly deviceId?: string },
  { seed, publicKey }: KeyPair,
): JsonObject {
  const keyId = `ed25519:${signer.deviceId ?? publicKey}`
  return signJson(object, { userId: signer.userId, keyId }, seed.expose())
}

/** An object without its signatures. */
export function unsigned(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== 'signatures'))
}

/** An unsigned cross-signing key. */
export function crossSigningKey(
  userId: string,
  usage: KeyUsage,
  { publicKey }: KeyPair,
): JsonObject {
  return { user_id: userId, usage: [usage], keys: { [`ed25519:${publicKey}`]: publicKey } }
}

/** Keys of a device, signed by itself. */
export function deviceKeys(userId: string, deviceId: string, pair: KeyPair): JsonObject {
  const keys = { [`ed25519:${deviceId}`]: pair.publicKey }
  const object = { user_id: userId, device_id: deviceId, algorithms: [], keys }
  return signedBy(object, { userId, deviceId }, pair)
}

/** A user with one device that is cross-signed and has signed the master key. */
export interface User {
  readonly userId: string
  readonly deviceId: string
  readonly master: KeyPair
  readonly selfSigning: KeyPair
  readonly userSigning: KeyPair
  readonly device: KeyPair
  readonly objects: {
    readonly master: JsonObject
    readonly selfSigning: JsonObject
    readonly userSigning: JsonObject
    readonly device: JsonObject
  }
}

/** Makes a user from a number. */
export function makeUser(userId: string, number: number): User {
  const deviceId = `DEVICE${number}`
  const [master, selfSigning, userSigning, device] = [
    keyPair(number),
    keyPair(number + 1),
    keyPair(number + 2),
    keyPair(number + 3),
  ]
  const by = { userId }
  const subkey = (usage: KeyUsage, pair: KeyPair): JsonObject =>
    signedBy(crossSigningKey(userId, usage, pair), by, master)
  const objects = {
    master: signedBy(crossSigningKey(userId, 'master', master), { userId, deviceId }, device),
    selfSigning: subkey('self_signing', selfSigning),
    userSigning: subkey('user_signing', userSigning),
    device: signedBy(deviceKeys(userId, deviceId, device), by, selfSigning),
  }
  return { userId, deviceId, master, selfSigning, userSigning, device, objects }
}

function mapOf(users: readonly User[], name: keyof User['objects']): Record<string, JsonObject> {
  return Object.fromEntries(users.map(({ userId, objects }) => [userId, objects[name]]))
}

/** The answer about some users. */
export function answerAbout(...users: readonly User[]): KeysQueryResponse {
  const devices = users.map(
    ({ userId, deviceId, objects }) => [userId, { [deviceId]: objects.device }] as const,
  )
  return {
    device_keys: Object.fromEntries(devices),
    master_keys: mapOf(users, 'master'),
    self_signing_keys: mapOf(users, 'selfSigning'),
    user_signing_keys: mapOf(users, 'userSigning'),
  }
}
