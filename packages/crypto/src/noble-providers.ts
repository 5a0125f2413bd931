/** The providers in plain TypeScript, which work everywhere; the curve is loaded when it is needed. */
import { randomBytes, type RandomBytes } from './bytes.ts'
import type { Agreements, SharedSecrets } from './providers.ts'

/** {@link SharedSecrets} in plain TypeScript: works everywhere, and lets go between slices. */
export const nobleSharedSecrets: SharedSecrets = async (privateKey, publicKeys) => {
  const { sharedSecrets } = await import('./noble-x25519.ts')
  return sharedSecrets(privateKey, publicKeys)
}

/**
 * {@link Agreements} in plain TypeScript, with ephemeral keys from this source; lets go between slices.
 *
 * @param random - source of the ephemeral private keys, which must never repeat
 */
export function nobleAgreements(random: RandomBytes = randomBytes): Agreements {
  return async (publicKey, count) => {
    const { agreements } = await import('./noble-x25519.ts')
    return agreements(random)(publicKey, count)
  }
}
