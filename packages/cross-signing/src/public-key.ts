/** Ed25519 public keys as the wire carries them, and the signatures that they make. */
import { decodeBase64, encodeBase64 } from '@roomkeys/crypto/base64'
import { type Bytes, CryptoError } from '@roomkeys/crypto/bytes'
import { ED25519_KEY_LENGTH } from '@roomkeys/crypto/ed25519'
import { signableBytes, type SignatureState, verifyJson } from '@roomkeys/crypto/signed-json'
import { isJsonObject, type JsonObject } from '@roomkeys/types'

/**
 * What is known of a signature: `missing`, `invalid`, `valid`; or `unverifiable`, because the key that
 * would have made it is not published, or cannot be read. Whether the signer is trusted is no part of it.
 */
export type SignatureFact = SignatureState | 'unverifiable'

/** An own property of a map whose keys others choose. */
export function ownValue(map: unknown, key: string): unknown {
  return isJsonObject(map) && Object.hasOwn(map, key) ? map[key] : undefined
}

/** An own property that is an object. */
export function ownObject(map: unknown, key: string): JsonObject | null {
  const value = ownValue(map, key)
  return isJsonObject(value) ? value : null
}

/** Base64 of 32 bytes, or `null` for anything else. */
export function decodeKey(text: unknown): Bytes | null {
  if (typeof text !== 'string') return null
  try {
    const bytes = decodeBase64(text)
    return bytes.length === ED25519_KEY_LENGTH ? bytes : null
  } catch (error) {
    if (error instanceof CryptoError) return null
    throw error
  }
}

/** The unpadded base64 of a key, which each key has one of; `null` when it is none. */
export function readPublicKey(text: unknown): string | null {
  const bytes = decodeKey(text)
  return bytes === null ? null : encodeBase64(bytes)
}

/** Whether an object has canonical JSON, without which nobody can have signed it. */
export function isSignable(object: JsonObject): boolean {
  try {
    signableBytes(object)
    return true
  } catch (error) {
    if (error instanceof CryptoError) return false
    throw error
  }
}

/** Whose signature is looked for. */
export interface ExpectedSigner {
  readonly userId: string
  /** A device id; absent for cross-signing keys, which are named after their public key. */
  readonly deviceId?: string
  /** Unpadded base64, or `null` when it is not known. */
  readonly publicKey: string | null
}

/**
 * Checks one signature. The key is the one that the role demands and is never looked up by its id:
 * a device may call itself what a cross-signing key is called.
 */
export function signatureBy(
  object: JsonObject,
  { userId, deviceId, publicKey }: ExpectedSigner,
): SignatureFact {
  const bytes = decodeKey(publicKey)
  if (publicKey === null || bytes === null) return 'unverifiable'
  const signer = { userId, keyId: `ed25519:${deviceId ?? publicKey}` }
  try {
    return verifyJson(object, signer, bytes)
  } catch (error) {
    if (error instanceof CryptoError) return 'invalid'
    throw error
  }
}
