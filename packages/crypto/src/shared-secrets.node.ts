/** Shared secrets by OpenSSL, through `node:crypto`: for Node, Bun and Deno. */
import { diffieHellman, type KeyObject } from 'node:crypto'
import { agreeBeside, computesBeside } from './agree-beside.node.ts'
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

/** One result for each public key; `null` where the platform refuses the key. */
type Agree = (
  give: GivePublicKey,
  privateKey: KeyObject,
  publicKeys: readonly Uint8Array[],
) => Promise<readonly (Bytes | null)[]>

/** In the calling thread. */
const agreeHere: Agree = async (give, privateKey, publicKeys) => {
  // A batch is synchronous: between some, other work gets its turn.
  await pauseIfDue()
  return publicKeys.map((publicKey) => {
    try {
      return new Uint8Array(diffieHellman({ privateKey, publicKey: give(publicKey) }))
    } catch {
      return null
    }
  })
}

function sharedSecretsBy(chosen: () => Promise<Agree>): SharedSecrets {
  return async (privateKey, publicKeys) => {
    assertBytes(privateKey, X25519_KEY_LENGTH, 'privateKey')
    for (const publicKey of publicKeys) assertBytes(publicKey, X25519_KEY_LENGTH, 'publicKey')
    const key = imported(privateKey)
    const agree = await chosen()
    const secrets = [...(await agree(fastestFor(publicKeys.length), key, publicKeys))]
    for (const [position, publicKey] of publicKeys.entries())
      if (secrets[position] === null && !isLowOrder(publicKey))
        secrets[position] = await decideAgain(privateKey, publicKey)
    return secrets
  }
}

let chosen: Promise<Agree> | undefined

/** {@link SharedSecrets} by the fastest way that this platform has. */
export const platformSharedSecrets: SharedSecrets = sharedSecretsBy(
  () => (chosen ??= computesBeside().then((beside) => (beside ? agreeBeside : agreeHere))),
)

/** The same in the calling thread alone: for workers, which have a core each. */
export const sharedSecretsInThread: SharedSecrets = sharedSecretsBy(() =>
  Promise.resolve(agreeHere),
)
