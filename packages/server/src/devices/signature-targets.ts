/** Objects that may be signed, and the keys that may sign each. */
import type { JsonObject } from '@roomkeys/types'
import type { SqlExecutor } from '../store.ts'
import { ownMember } from './key-objects.ts'
import {
  type CrossSigningKey,
  crossSigningKeysOf,
  deviceKeysOf,
  type SignaturesOn,
} from './stored-keys.ts'

/** A stored object, and who may sign it. */
export interface Target {
  readonly stored: JsonObject
  /** Key ids such as `ed25519:DEVICE`, with the public key in base64. */
  readonly signingKeys: ReadonlyMap<string, string>
}

function keyEntry(key: CrossSigningKey | undefined): ReadonlyMap<string, string> {
  return new Map(key === undefined ? [] : [[`ed25519:${key.publicKey}`, key.publicKey]])
}

/** A device of the signer, or `null` when there is none with keys. */
export async function deviceTarget(
  store: SqlExecutor,
  userId: string,
  deviceId: string,
): Promise<Target | null> {
  const [device] = await deviceKeysOf(store, userId, [deviceId])
  if (device === undefined) return null
  const { self_signing } = await crossSigningKeysOf(store, userId)
  return { stored: device.object, signingKeys: keyEntry(self_signing) }
}

function deviceSigningKey(
  deviceId: string,
  object: JsonObject,
): readonly (readonly [string, string])[] {
  const keys: unknown = object['keys']
  if (typeof keys !== 'object' || keys === null) return []
  const keyId = `ed25519:${deviceId}`
  const publicKey: unknown = ownMember(Object.fromEntries(Object.entries(keys)), keyId)
  return typeof publicKey === 'string' ? [[keyId, publicKey]] : []
}

async function deviceSigningKeys(
  store: SqlExecutor,
  userId: string,
): Promise<ReadonlyMap<string, string>> {
  const devices = await deviceKeysOf(store, userId)
  return new Map(devices.flatMap(({ deviceId, object }) => deviceSigningKey(deviceId, object)))
}

/** A master key: the signer's own, which their devices sign, or somebody else's. */
export async function masterKeyTarget(
  store: SqlExecutor,
  { signerId, ownerId }: SignaturesOn,
  master: CrossSigningKey,
): Promise<Target> {
  const signingKeys =
    signerId === ownerId
      ? await deviceSigningKeys(store, ownerId)
      : keyEntry((await crossSigningKeysOf(store, signerId)).user_signing)
  return { stored: master.object, signingKeys }
}
