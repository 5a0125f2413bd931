/**
 * Signing. Each function returns the object as it came with one signature more.
 *
 * What is signed was shown to a person or compared otherwise, so the caller says which key that was:
 * nothing else is signed in its place.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#cross-signing
 */
import { CryptoError } from '@roomkeys/crypto/bytes'
import { signJson } from '@roomkeys/crypto/signed-json'
import type { JsonObject } from '@roomkeys/types'
import { readDeviceKeys } from './device.ts'
import { CrossSigningError } from './errors.ts'
import { isWellFormed, readPublishedKey } from './published-key.ts'
import { readPublicKey } from './public-key.ts'
import type { SigningKey } from './signing-key.ts'

function sign<T extends JsonObject>(object: T, { userId, keyId, seed }: SigningKey): T {
  try {
    return signJson(object, { userId, keyId }, seed.expose())
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause
    throw new CrossSigningError('not_canonical_json', cause.message, { cause })
  }
}

function assertRole(isAllowed: boolean): void {
  if (!isAllowed) throw new CrossSigningError('wrong_role', 'This key does not sign such objects')
}

function assertVerified(found: string | null, verified: string): void {
  if (found === null || found !== readPublicKey(verified))
    throw new CrossSigningError('other_key', 'This is not the key that was verified')
}

/** A device whose key was verified. */
export interface VerifiedDevice {
  readonly deviceId: string
  /** Ed25519, base64. */
  readonly publicKey: string
}

/**
 * Signs an own device with the self-signing key.
 *
 * @throws CrossSigningError `wrong_role`, `malformed_key` when the object is not of this user and
 * device, `other_key` or `invalid_self_signature`
 */
export function signDevice<T extends JsonObject>(
  deviceKeys: T,
  { deviceId, publicKey }: VerifiedDevice,
  key: SigningKey,
): T {
  assertRole(key.role === 'self_signing')
  const device = readDeviceKeys(deviceKeys, { userId: key.userId, deviceId })
  if (!device.userIdMatches || !device.deviceIdMatches)
    throw new CrossSigningError('malformed_key', 'These are not the keys of the device')
  assertVerified(device.ed25519, publicKey)
  if (device.selfSignature !== 'valid')
    throw new CrossSigningError('invalid_self_signature', 'The device has not signed its keys')
  return sign(deviceKeys, key)
}

/** A user whose master key was verified. */
export interface VerifiedUser {
  readonly userId: string
  /** Ed25519, base64. */
  readonly publicKey: string
}

/**
 * Signs a master key: the own one with a device's key, another user's with the user-signing key.
 *
 * @throws CrossSigningError `wrong_role`, `malformed_key` when the object is no master key of this user,
 * or `other_key`
 */
export function signMasterKey<T extends JsonObject>(
  masterKey: T,
  { userId, publicKey }: VerifiedUser,
  key: SigningKey,
): T {
  const isOwn = userId === key.userId
  assertRole(isOwn ? key.role === 'device' : key.role === 'user_signing')
  const master = readPublishedKey(masterKey, { userId, usage: 'master' })
  if (!isWellFormed(master))
    throw new CrossSigningError('malformed_key', 'This is no master key of the user')
  assertVerified(master.publicKey, publicKey)
  return sign(masterKey, key)
}

/**
 * Signs `auth_data` of a backup with the master key or with a device's key.
 *
 * @throws CrossSigningError `wrong_role` or `not_canonical_json`
 */
export function signAuthData<T extends JsonObject>(authData: T, key: SigningKey): T {
  assertRole(key.role === 'master' || key.role === 'device')
  return sign(authData, key)
}
