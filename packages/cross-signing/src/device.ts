/**
 * The keys of a device as they are listed.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#device-keys
 */
import type { JsonObject } from '@roomkeys/types'
import {
  isSignable,
  ownValue,
  readPublicKey,
  signatureBy,
  type SignatureFact,
} from './public-key.ts'

/** What a device says of itself. */
export interface DeviceKeys {
  /** The id under which it is listed. */
  readonly deviceId: string
  /** The object as it came. */
  readonly object: JsonObject
  /** `user_id` is the user under whom it is listed. */
  readonly userIdMatches: boolean
  /** `device_id` is the id under which it is listed. */
  readonly deviceIdMatches: boolean
  /** The object has canonical JSON, without which no signature on it can be valid. */
  readonly isSignable: boolean
  /** Unpadded base64; `null` when there is none that can be read. */
  readonly ed25519: string | null
  /** Unpadded base64; `null` when there is none that can be read. */
  readonly curve25519: string | null
  /** The signature by its own Ed25519 key. */
  readonly selfSignature: SignatureFact
}

/** Where a device is listed. */
export interface DeviceAddress {
  readonly userId: string
  readonly deviceId: string
}

/** Looks at the keys of a device. */
export function readDeviceKeys(
  object: JsonObject,
  { userId, deviceId }: DeviceAddress,
): DeviceKeys {
  const { keys } = object
  const ed25519 = readPublicKey(ownValue(keys, `ed25519:${deviceId}`))
  return {
    deviceId,
    object,
    userIdMatches: object['user_id'] === userId,
    deviceIdMatches: object['device_id'] === deviceId,
    isSignable: isSignable(object),
    ed25519,
    curve25519: readPublicKey(ownValue(keys, `curve25519:${deviceId}`)),
    selfSignature: signatureBy(object, { userId, deviceId, publicKey: ed25519 }),
  }
}

/** Whether a device is what it is listed as, and has signed that itself. */
export function isSelfConsistent(device: DeviceKeys): boolean {
  const { userIdMatches, deviceIdMatches, ed25519, selfSignature } = device
  return userIdMatches && deviceIdMatches && ed25519 !== null && selfSignature === 'valid'
}
