/** Platforms refuse public keys of low order, and do not say why they refuse one: this decides. */
import type { Bytes } from './bytes.ts'
import { nobleSharedSecrets } from './noble-providers.ts'

/** The shared secret by plain TypeScript, which is loaded only now. */
export async function decideAgain(
  privateKey: Uint8Array,
  publicKey: Uint8Array,
): Promise<Bytes | null> {
  const [secret = null] = await nobleSharedSecrets(privateKey, [publicKey])
  return secret
}
