/**
 * X25519 (RFC 7748), one at a time and in batches.
 *
 * A batch is the seam for faster providers: many shared secrets for one private key is what opening
 * a backup costs. The platform's own is in `shared-secrets`, and for writing in `agreements`.
 */
import { x25519 } from './curve25519.ts'
import { assertBytes, type Bytes, randomBytes, type RandomBytes } from './bytes.ts'
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

/** What a sender and a recipient agreed on: the ephemeral private key is gone already. */
export interface Agreement {
  /** The public key of the ephemeral key pair, 32 bytes. */
  readonly ephemeral: Bytes
  /** `null` when the recipient's public key is of low order, so that it would be all zeros. */
  readonly sharedSecret: Bytes | null
}

/** Agreements with one public key: each of its own, new, ephemeral key pair. */
export type Agreements = (publicKey: Uint8Array, count: number) => Promise<readonly Agreement[]>

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

/**
 * {@link Agreements} in plain TypeScript, with ephemeral keys from this source; lets go between slices.
 *
 * @param random - source of the ephemeral private keys, which must never repeat
 */
export function nobleAgreements(random: RandomBytes = randomBytes): Agreements {
  return async (publicKey, count) => {
    const agreements: Agreement[] = []
    while (agreements.length < count) {
      if (agreements.length % SLICE === SLICE - 1) await pause()
      const privateKey = random(X25519_KEY_LENGTH)
      const ephemeral = x25519PublicKey(privateKey)
      agreements.push({ ephemeral, sharedSecret: sharedSecret(privateKey, publicKey) })
    }
    return agreements
  }
}
