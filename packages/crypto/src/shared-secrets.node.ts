/** Shared secrets by OpenSSL, through `node:crypto`: for Node, Bun and Deno. */
import { diffieHellman, type KeyObject } from 'node:crypto'
import { assertBytes, type Bytes } from './bytes.ts'
import { decideAgain } from './decide-again.ts'
import { fastestFor, type GivePublicKey } from './fastest-agreement.node.ts'
import { hmacSha256 } from './hmac.node.ts'
import { keepImported } from './kept-key.ts'
import { isLowOrder } from './low-order.ts'
import { importPrivateKey } from './okp-keys.node.ts'
import { pauseIfDue } from './pause.node.ts'
import { type SharedSecrets, X25519_KEY_LENGTH } from './providers.ts'

const NOTHING = new Uint8Array()

const imported = keepImported(
  (privateKey) => importPrivateKey('X25519', privateKey),
  (privateKey) => hmacSha256(privateKey, NOTHING),
)

/** The secret; `null` where the platform refuses the key. */
function agreed(give: GivePublicKey, privateKey: KeyObject, publicKey: Uint8Array): Bytes | null {
  try {
    return Uint8Array.from(diffieHellman({ privateKey, publicKey: give(publicKey) }))
  } catch {
    return null
  }
}

/** {@link SharedSecrets} by the fastest way that this platform has. */
export const platformSharedSecrets: SharedSecrets = async (privateKey, publicKeys) => {
  assertBytes(privateKey, X25519_KEY_LENGTH, 'privateKey')
  for (const publicKey of publicKeys) assertBytes(publicKey, X25519_KEY_LENGTH, 'publicKey')
  const key = imported(privateKey)
  const give = fastestFor(publicKeys.length)
  // A batch is synchronous: between some, other work gets its turn.
  await pauseIfDue()
  const secrets: (Bytes | null)[] = []
  for (const publicKey of publicKeys) {
    const secret = agreed(give, key, publicKey)
    const isDecided = secret !== null || isLowOrder(publicKey)
    secrets.push(isDecided ? secret : await decideAgain(privateKey, publicKey))
  }
  return secrets
}
