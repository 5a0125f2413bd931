/**
 * Keys that sign: a seed that was checked against the key that is published.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#cross-signing
 */
import { encodeBase64 } from '@roomkeys/crypto/base64'
import { ed25519PublicKey } from '@roomkeys/crypto/ed25519'
import { SecretBytes } from '@roomkeys/crypto/secret'
import type { JsonObject } from '@roomkeys/types'
import { type DeviceAddress, isSelfConsistent, readDeviceKeys } from './device.ts'
import { CrossSigningError } from './errors.ts'
import { decodeKey } from './public-key.ts'
import { type ExpectedKey, isWellFormed, type KeyUsage, readPublishedKey } from './published-key.ts'

/** A key that signs. */
export interface SigningKey {
  readonly userId: string
  /** `ed25519:` and the public key, or the device id. */
  readonly keyId: string
  readonly role: KeyUsage | 'device'
  readonly seed: SecretBytes
}

/**
 * Reads a seed as secret storage holds it: the secrets `m.cross_signing.*`.
 *
 * @throws CrossSigningError `malformed_seed` when it is not the base64 of 32 bytes
 */
export function decodeSeed(secret: string): SecretBytes {
  const bytes = decodeKey(secret)
  if (bytes !== null) return new SecretBytes(bytes)
  throw new CrossSigningError('malformed_seed', 'The secret is not the base64 of 32 bytes')
}

function assertSeed(seed: SecretBytes, publicKey: string | null): void {
  if (encodeBase64(ed25519PublicKey(seed.expose())) !== publicKey)
    throw new CrossSigningError('seed_mismatch', 'The seed is not the one of the published key')
}

/**
 * Opens a cross-signing key with its seed.
 *
 * @param published - the key as it is published
 * @throws CrossSigningError `malformed_key` when that is not a key of this user and usage, or
 * `seed_mismatch`
 */
export function openSigningKey(
  published: JsonObject,
  expected: ExpectedKey,
  seed: SecretBytes,
): SigningKey {
  const key = readPublishedKey(published, expected)
  if (!isWellFormed(key))
    throw new CrossSigningError('malformed_key', 'This is no published key of the user and usage')
  assertSeed(seed, key.publicKey)
  const { userId, usage } = expected
  return { userId, keyId: `ed25519:${key.publicKey ?? ''}`, role: usage, seed }
}

/**
 * Opens the key of a device with its seed.
 *
 * @param published - the device's keys as they are published
 * @throws CrossSigningError `malformed_key` when these are not the keys of this device, signed by
 * itself, or `seed_mismatch`
 */
export function openDeviceKey(
  published: JsonObject,
  address: DeviceAddress,
  seed: SecretBytes,
): SigningKey {
  const device = readDeviceKeys(published, address)
  if (!isSelfConsistent(device))
    throw new CrossSigningError('malformed_key', 'These are not the published keys of the device')
  assertSeed(seed, device.ed25519)
  const { userId, deviceId } = address
  return { userId, keyId: `ed25519:${deviceId}`, role: 'device', seed }
}
