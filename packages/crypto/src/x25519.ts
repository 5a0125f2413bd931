/**
 * X25519 (RFC 7748), one at a time and in batches.
 *
 * A batch is the seam for faster providers: many shared secrets for one private key is what opening
 * a backup costs. The platform's own is in `shared-secrets`.
 */
import { x25519 } from '@noble/curves/ed25519.js'
import { assertBytes, type Bytes } from './bytes.ts'
import { pause } from './pause.ts'

/** Length of a private key, a public key and a shared secret, in bytes. */
export const X25519_KEY_LENGTH = 32

/**
 * Shared secrets of one private key with many public keys, in their order.
 *
 * `null` stands where the public key is of low order, so that its secret would be all zeros.
 */
export type SharedSecrets = (
  privateKey: Uint8Array,
  publicKeys: readonly Uint8Array[],
) => Promise<readonly (Bytes | null)[]>

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

/** One slice takes about as long as a frame of a screen; then other work gets its turn. */
const SLICE = 16

/** {@link SharedSecrets} in plain TypeScript: works everywhere, and lets go between slices. */
export const nobleSharedSecrets: SharedSecrets = async (privateKey, publicKeys) => {
  const secrets: (Bytes | null)[] = []
  for (const publicKey of publicKeys) {
    if (secrets.length % SLICE === SLICE - 1) await pause()
    secrets.push(sharedSecret(privateKey, publicKey))
  }
  return secrets
}
