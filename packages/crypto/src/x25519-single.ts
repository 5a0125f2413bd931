/** X25519 (RFC 7748) in plain TypeScript, one at a time. */
import { assertBytes, type Bytes } from './bytes.ts'
import { x25519 } from './curve25519.ts'
import { X25519_KEY_LENGTH } from './providers.ts'

/** The public key of a private key. */
export function x25519PublicKey(privateKey: Uint8Array): Bytes {
  assertBytes(privateKey, X25519_KEY_LENGTH, 'privateKey')
  return Uint8Array.from(x25519.getPublicKey(privateKey))
}

/** The shared secret, or `null` when the public key is of low order and the secret all zeros. */
export function sharedSecret(privateKey: Uint8Array, publicKey: Uint8Array): Bytes | null {
  assertBytes(privateKey, X25519_KEY_LENGTH, 'privateKey')
  assertBytes(publicKey, X25519_KEY_LENGTH, 'publicKey')
  try {
    return Uint8Array.from(x25519.getSharedSecret(privateKey, publicKey))
  } catch {
    // With both lengths right, the library throws for an all-zero result alone.
    return null
  }
}
