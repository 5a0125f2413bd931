/**
 * Ed25519 signatures (RFC 8032), in plain TypeScript; Node has a module of its own, chosen by the `node`
 * condition.
 */
import { ed25519 } from '@noble/curves/ed25519.js'
import { bytesToNumberLE } from '@noble/curves/utils.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { type Bytes, concatBytes, equalBytes } from './bytes.ts'
import { assertSeed, ED25519_KEY_LENGTH, hasLengths, type SignedMessage } from './ed25519-rules.ts'

export { ED25519_KEY_LENGTH, ED25519_SIGNATURE_LENGTH } from './ed25519-rules.ts'
export type { SignedMessage } from './ed25519-rules.ts'

/** The public key of a 32-byte seed. */
export function ed25519PublicKey(seed: Uint8Array): Bytes {
  return Uint8Array.from(ed25519.getPublicKey(assertSeed(seed)))
}

/** Signs with a 32-byte seed; 64 bytes. */
export function ed25519Sign(seed: Uint8Array, message: Uint8Array): Bytes {
  return Uint8Array.from(ed25519.sign(message, assertSeed(seed)))
}

/** Section 5.1.7 without the cofactor, which the library's own would multiply with. */
function isSigned({ publicKey, message, signature }: SignedMessage): boolean {
  const { BASE, Fn } = ed25519.Point
  const key = ed25519.Point.fromBytes(publicKey)
  if (key.isSmallOrder()) return false
  const [r, s] = [signature.subarray(0, 32), bytesToNumberLE(signature.subarray(32))]
  const challenge = Fn.create(bytesToNumberLE(sha512(concatBytes(r, publicKey, message))))
  // Both throw for a scalar that is not below the order.
  const expected = BASE.multiplyUnsafe(s).subtract(key.multiplyUnsafe(challenge))
  return equalBytes(expected.toBytes(), r)
}

/** Whether a signature is valid by the strict rules of RFC 8032; malformed input is not. */
export function ed25519Verify(signed: SignedMessage): boolean {
  if (!hasLengths(signed)) return false
  try {
    return isSigned(signed)
  } catch {
    // Bytes that are no curve point, or no scalar: the library throws, and the signature is not valid.
    return false
  }
}

/** Whether bytes are a public key: the encoding of a point of the curve, by the strict rules. */
export function isEd25519PublicKey(bytes: Uint8Array): boolean {
  if (bytes.length !== ED25519_KEY_LENGTH) return false
  try {
    ed25519.Point.fromBytes(bytes)
    return true
  } catch {
    return false
  }
}
