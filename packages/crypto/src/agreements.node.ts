/** Ephemeral agreements by OpenSSL, through `node:crypto`: for Node, Bun and Deno. */
import { diffieHellman, type KeyObject } from 'node:crypto'
import { newKeyPair } from './key-pair.node.ts'
import { nobleAgreements } from './noble-providers.ts'
import { pauseIfDue } from './pause.node.ts'
import type { Agreement, Agreements } from './providers.ts'
import { publicKeyFromJwk } from './okp-keys.node.ts'

function agree(recipient: KeyObject): Agreement | null {
  const { publicKey: ephemeral, privateKey } = newKeyPair()
  try {
    const sharedSecret = diffieHellman({ privateKey, publicKey: recipient })
    return { ephemeral, sharedSecret: new Uint8Array(sharedSecret) }
  } catch {
    return null
  }
}

/** {@link Agreements} by the fastest way that this platform has. */
export const platformAgreements: Agreements = async (publicKey, count) => {
  const recipient = publicKeyFromJwk('X25519', publicKey)
  // A batch is synchronous: between some, other work gets its turn.
  await pauseIfDue()
  const agreements = Array.from({ length: count }, () => agree(recipient))
  const made = agreements.filter((agreement) => agreement !== null)
  // The platform refuses keys of low order, and does not say why it refuses one.
  return made.length === count ? made : nobleAgreements()(publicKey, count)
}
