/** X25519 (RFC 7748) in plain TypeScript: one at a time, and as providers. */
import { assertBytes, type Bytes, type RandomBytes } from './bytes.ts'
import { x25519 } from './curve25519.ts'
import { pause } from './pause.ts'
import {
  type Agreement,
  type Agreements,
  type SharedSecrets,
  X25519_KEY_LENGTH,
} from './providers.ts'

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

/** {@link SharedSecrets} that let go between slices. */
export const sharedSecrets: SharedSecrets = async (privateKey, publicKeys) => {
  const secrets: (Bytes | null)[] = []
  for (const publicKey of publicKeys) {
    if (secrets.length % SLICE === SLICE - 1) await pause()
    secrets.push(sharedSecret(privateKey, publicKey))
  }
  return secrets
}

/** {@link Agreements} with ephemeral keys from this source, which let go between slices. */
export function agreements(random: RandomBytes): Agreements {
  return async (publicKey, count) => {
    const made: Agreement[] = []
    while (made.length < count) {
      if (made.length % SLICE === SLICE - 1) await pause()
      const privateKey = random(X25519_KEY_LENGTH)
      const ephemeral = x25519PublicKey(privateKey)
      made.push({ ephemeral, sharedSecret: sharedSecret(privateKey, publicKey) })
    }
    return made
  }
}
