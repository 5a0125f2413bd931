/** Shared secrets by OpenSSL, through `node:crypto`: for Node, Bun and Deno. */
import type { KeyObject } from 'node:crypto'
import { assertBytes, type Bytes } from './bytes.ts'
import { decideAgain } from './decide-again.ts'
import { type Agree, agreementFor } from './fastest-agreement.node.ts'
import { pause } from './pause.node.ts'
import { type SharedSecrets, X25519_KEY_LENGTH } from './providers.ts'
import { importPrivateKey } from './x25519-keys.node.ts'

/** `null` where the platform refuses. */
function agreed(agree: Agree, privateKey: KeyObject, publicKey: Uint8Array): Bytes | null {
  assertBytes(publicKey, X25519_KEY_LENGTH, 'publicKey')
  try {
    return Uint8Array.from(agree(privateKey, publicKey))
  } catch {
    return null
  }
}

/** {@link SharedSecrets} by the fastest way that this platform has. */
export const platformSharedSecrets: SharedSecrets = async (privateKey, publicKeys) => {
  const key = importPrivateKey(privateKey)
  const agree = agreementFor(publicKeys.length)
  // A batch is synchronous: between two, other work gets its turn.
  await pause()
  const secrets: (Bytes | null)[] = []
  for (const publicKey of publicKeys) {
    const secret = agreed(agree, key, publicKey)
    secrets.push(secret ?? (await decideAgain(privateKey, publicKey)))
  }
  return secrets
}
