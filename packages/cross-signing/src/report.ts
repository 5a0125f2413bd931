/**
 * What the answer of `/keys/query` says of a user, fact by fact. Nothing here decides what is trusted.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#cross-signing
 */
import { isJsonObject, type JsonObject, type KeysQueryResponse } from '@roomkeys/types'
import { type DeviceKeys, readDeviceKeys } from './device.ts'
import { CrossSigningError } from './errors.ts'
import {
  type ExpectedSigner,
  ownObject,
  ownValue,
  readPublicKey,
  signatureBy,
  type SignatureFact,
} from './public-key.ts'
import { type KeyUsage, type PublishedKey, readPublishedKey } from './published-key.ts'

/** Each device costs up to three signatures, a few milliseconds; the server says how many there are. */
export const MAX_DEVICES = 5_000

/** What the caller knows by other means than this answer. */
export interface CallerTrust {
  /** The caller's own user id. */
  readonly userId: string
  /** The caller's own device. */
  readonly device?: {
    readonly deviceId: string
    /** Ed25519, base64. */
    readonly publicKey: string
  }
  /** Master public keys that are known, in base64, by user id; the own one among them. */
  readonly masterKeys?: ReadonlyMap<string, string>
}

/** How something published compares with what the caller knows; `unknown`: nothing to compare with. */
export type Comparison = 'match' | 'mismatch' | 'unknown'

/** A master key. */
export interface MasterKeyFacts extends PublishedKey {
  /** Whether it is the one that the caller knows. */
  readonly pin: Comparison
  /** The signature by the caller's own device, with the key that the caller knows; `null` for others. */
  readonly ownDeviceSignature: SignatureFact | null
}

/** A self-signing or user-signing key. */
export interface SubkeyFacts extends PublishedKey {
  /** The signature by the master key that is published. */
  readonly masterSignature: SignatureFact
}

/** The cross-signing keys of a user; `null` where none is published. */
export interface IdentityFacts {
  readonly master: MasterKeyFacts | null
  readonly selfSigning: SubkeyFacts | null
  readonly userSigning: SubkeyFacts | null
}

/** A device. */
export interface DeviceFacts extends DeviceKeys {
  /** The signature by the self-signing key that is published. */
  readonly crossSignature: SignatureFact
  /** This device's signature on the master key. */
  readonly masterSignature: SignatureFact
  /** Whether it is the caller's own device; `unknown` for all others. */
  readonly own: Comparison
}

/** What an answer says of a user. */
export interface UserReport {
  readonly userId: string
  readonly identity: IdentityFacts
  /** The caller's own keys, through which another user is vouched for; `null` for the caller. */
  readonly ownIdentity: IdentityFacts | null
  /** The signature by the caller's user-signing key on the master key; `null` for the caller. */
  readonly userSignature: SignatureFact | null
  readonly devices: readonly DeviceFacts[]
}

function assertPublicKey(text: string, title: string): string {
  const publicKey = readPublicKey(text)
  if (publicKey === null) throw new TypeError(`${title} must be the base64 of 32 bytes`)
  return publicKey
}

/** The caller's own device as a signer, where there is one. */
function ownDeviceSigner({ userId, device }: CallerTrust): ExpectedSigner | null {
  if (device === undefined) return null
  const { deviceId } = device
  return { userId, deviceId, publicKey: assertPublicKey(device.publicKey, 'device.publicKey') }
}

function compare(known: string | undefined, found: string | null): Comparison {
  if (known === undefined) return 'unknown'
  return known === found ? 'match' : 'mismatch'
}

/** Where in an answer the keys of each usage are. */
const FIELDS = {
  master: 'master_keys',
  self_signing: 'self_signing_keys',
  user_signing: 'user_signing_keys',
} as const satisfies Record<KeyUsage, keyof KeysQueryResponse>

function publishedKey(
  answer: KeysQueryResponse,
  userId: string,
  usage: KeyUsage,
): PublishedKey | null {
  const object = ownObject(ownValue(answer, FIELDS[usage]), userId)
  return object === null ? null : readPublishedKey(object, { userId, usage })
}

function masterKey(
  answer: KeysQueryResponse,
  userId: string,
  trust: CallerTrust,
): MasterKeyFacts | null {
  const key = publishedKey(answer, userId, 'master')
  if (key === null) return null
  const pinned = trust.masterKeys?.get(userId)
  const known = pinned === undefined ? undefined : assertPublicKey(pinned, 'masterKeys')
  const signer = userId === trust.userId ? ownDeviceSigner(trust) : null
  return {
    ...key,
    pin: compare(known, key.publicKey),
    ownDeviceSignature: signer === null ? null : signatureBy(key.object, signer),
  }
}

function identityOf(answer: KeysQueryResponse, userId: string, trust: CallerTrust): IdentityFacts {
  const master = masterKey(answer, userId, trust)
  const subkey = (usage: KeyUsage): SubkeyFacts | null => {
    const key = publishedKey(answer, userId, usage)
    const publicKey = master?.publicKey ?? null
    return key && { ...key, masterSignature: signatureBy(key.object, { userId, publicKey }) }
  }
  return { master, selfSigning: subkey('self_signing'), userSigning: subkey('user_signing') }
}

/** Signature by a key on an object that may not be there. */
function signatureOn(key: PublishedKey | null, signer: ExpectedSigner): SignatureFact {
  return key === null ? 'missing' : signatureBy(key.object, signer)
}

/** What all devices of a user are looked at beside. */
interface DeviceContext {
  readonly userId: string
  readonly identity: IdentityFacts
  readonly ownDevice: ExpectedSigner | null
}

function deviceFacts(
  [deviceId, object]: readonly [string, JsonObject],
  { userId, identity, ownDevice }: DeviceContext,
): DeviceFacts {
  const device = readDeviceKeys(object, { userId, deviceId })
  const isOwn = ownDevice?.userId === userId && ownDevice.deviceId === deviceId
  const publicKey = identity.selfSigning?.publicKey ?? null
  return {
    ...device,
    crossSignature: signatureBy(object, { userId, publicKey }),
    masterSignature: signatureOn(identity.master, { userId, deviceId, publicKey: device.ed25519 }),
    own: isOwn ? compare(ownDevice.publicKey ?? undefined, device.ed25519) : 'unknown',
  }
}

function devicesOf(answer: KeysQueryResponse, context: DeviceContext): readonly DeviceFacts[] {
  const devices = Object.entries(ownObject(ownValue(answer, 'device_keys'), context.userId) ?? {})
  if (devices.length > MAX_DEVICES)
    throw new CrossSigningError('too_many_devices', `The user has more than ${MAX_DEVICES} devices`)
  return devices
    .filter((entry): entry is [string, JsonObject] => isJsonObject(entry[1]))
    .map((entry) => deviceFacts(entry, context))
}

/**
 * Looks at the keys of a user. Whatever the server answers becomes facts; values that are no objects
 * count as not there.
 *
 * @param answer - `POST /keys/query`, signed objects as they came; for another user than the caller it
 * must hold the caller's keys too, or nothing vouches for that user
 * @throws CrossSigningError `too_many_devices`
 * @throws TypeError when a key that the caller knows is not the base64 of 32 bytes
 */
export function inspectUser(
  answer: KeysQueryResponse,
  userId: string,
  trust: CallerTrust,
): UserReport {
  const identity = identityOf(answer, userId, trust)
  const ownIdentity = userId === trust.userId ? null : identityOf(answer, trust.userId, trust)
  const publicKey = ownIdentity?.userSigning?.publicKey ?? null
  return {
    userId,
    identity,
    ownIdentity,
    userSignature: ownIdentity && signatureOn(identity.master, { userId: trust.userId, publicKey }),
    devices: devicesOf(answer, { userId, identity, ownDevice: ownDeviceSigner(trust) }),
  }
}
