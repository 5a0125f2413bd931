/** `auth_data` of the curve25519 algorithms, and whether a key belongs to it. */
import { decodeBase64 } from '@roomkeys/crypto/base64'
import { type Bytes, CryptoError } from '@roomkeys/crypto/bytes'
import { X25519_KEY_LENGTH } from '@roomkeys/crypto/x25519'
import {
  type BackupVersionInfo,
  type Curve25519Algorithm,
  type Curve25519AuthData,
  parseAuthData as parseWireAuthData,
  WireShapeError,
} from '@roomkeys/types'
import type { DecryptionKey } from '../decryption-key.ts'
import { BackupError } from '../errors.ts'

function malformed(why: string, cause?: unknown): BackupError {
  return new BackupError('malformed_auth_data', `The backup's auth_data is broken: ${why}`, {
    cause,
  })
}

/**
 * The public key that entries are encrypted to, 32 bytes.
 *
 * @throws BackupError `malformed_auth_data`
 */
export function publicKeyOf(authData: Curve25519AuthData): Bytes {
  const publicKey = decodePublicKey(authData.public_key)
  if (publicKey.length !== X25519_KEY_LENGTH)
    throw malformed(`its public key has ${publicKey.length} bytes, not ${X25519_KEY_LENGTH}`)
  return publicKey
}

function decodePublicKey(text: string): Bytes {
  try {
    return decodeBase64(text)
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause
    throw malformed('its public key is not base64', cause)
  }
}

/**
 * `auth_data` of a backup of this algorithm, or `null` for another algorithm.
 *
 * @throws BackupError `malformed_auth_data`
 */
export function parseAuthDataOf(
  algorithm: Curve25519Algorithm,
  version: BackupVersionInfo,
): Curve25519AuthData | null {
  try {
    const parsed = parseWireAuthData(version.algorithm, version.auth_data)
    if (parsed.algorithm !== algorithm) return null
    publicKeyOf(parsed.authData)
    return parsed.authData
  } catch (cause) {
    // Broken auth_data of another algorithm is for that one to refuse.
    if (!(cause instanceof WireShapeError)) throw cause
    if (version.algorithm !== algorithm) return null
    throw malformed(cause.message, cause)
  }
}

/** The public key as keys have it: unpadded base64. */
export function publicKeyTextOf(authData: Curve25519AuthData): string {
  return authData.public_key.replace(/=+$/, '')
}

/** Whether the key's public key is the one in `auth_data`, however that is padded. */
export function matchesKey(authData: Curve25519AuthData, key: DecryptionKey): boolean {
  return publicKeyTextOf(authData) === key.publicKey
}
