/**
 * X25519 in plain TypeScript as providers. Loaded late and by nobody else, so that it is a chunk of its own,
 * and with it the curve wherever no public key is computed.
 */
import type { Bytes, RandomBytes } from './bytes.ts'
import { pause } from './pause.ts'
import {
  type Agreement,
  type Agreements,
  type SharedSecrets,
  X25519_KEY_LENGTH,
} from './providers.ts'
import { sharedSecret, x25519PublicKey } from './x25519-single.ts'

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
