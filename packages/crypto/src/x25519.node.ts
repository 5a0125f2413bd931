/** X25519, one at a time, by OpenSSL, through `node:crypto`: for Node, Bun and Deno. */
import { createPublicKey, diffieHellman } from 'node:crypto'
import type { Bytes } from './bytes.ts'
import { isLowOrder } from './low-order.ts'
import { exportPublicKey, importPrivateKey, publicKeyFromJwk } from './okp-keys.node.ts'

export { nobleAgreements, nobleSharedSecrets } from './noble-providers.ts'
export { X25519_KEY_LENGTH } from './providers.ts'

export type { Agreement, Agreements, SharedSecrets } from './providers.ts'

/** The public key of a private key. */
export function x25519PublicKey(privateKey: Uint8Array): Bytes {
  return exportPublicKey(createPublicKey(importPrivateKey('X25519', privateKey)))
}

/** The shared secret, or `null` when the public key is of low order and the secret all zeros. */
export function sharedSecret(privateKey: Uint8Array, publicKey: Uint8Array): Bytes | null {
  const keys = {
    privateKey: importPrivateKey('X25519', privateKey),
    publicKey: publicKeyFromJwk('X25519', publicKey),
  }
  // OpenSSL refuses these, and does not say why it refuses.
  return isLowOrder(publicKey) ? null : Uint8Array.from(diffieHellman(keys))
}
