/** Ed25519 signatures (RFC 8032). */
import { ed25519 } from '@noble/curves/ed25519.js'
import { assertBytes, type Bytes } from './bytes.ts'

/** Length of a seed and of a public key, in bytes. */
export const ED25519_KEY_LENGTH = 32
/** Length of a signature, in bytes. */
export const ED25519_SIGNATURE_LENGTH = 64

/** The public key of a 32-byte seed. */
export function ed25519PublicKey(seed: Uint8Array): Bytes {
  return Uint8Array.from(ed25519.getPublicKey(assertBytes(seed, ED25519_KEY_LENGTH, 'seed')))
}

/** Signs with a 32-byte seed; 64 bytes. */
export function ed25519Sign(seed: Uint8Array, message: Uint8Array): Bytes {
  return Uint8Array.from(ed25519.sign(message, assertBytes(seed, ED25519_KEY_LENGTH, 'seed')))
}

/** A signature beside what it is to be checked against. */
export interface SignedMessage {
  readonly publicKey: Uint8Array
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

/** Whether a signature is valid by the strict rules of RFC 8032; malformed input is not. */
export function ed25519Verify({ publicKey, message, signature }: SignedMessage): boolean {
  if (publicKey.length !== ED25519_KEY_LENGTH) return false
  if (signature.length !== ED25519_SIGNATURE_LENGTH) return false
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false })
  } catch {
    // Bytes that are no curve point: the library throws, and the signature is not valid.
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
