/**
 * Agreements on the threads that Node has for such work, so that the calling thread does something else
 * meanwhile. Not every release has them, nor does every runtime that has `node:crypto`.
 */
import { diffieHellman, type KeyObject } from 'node:crypto'
import { type Bytes, equalBytes } from './bytes.ts'
import type { GivePublicKey } from './fastest-agreement.node.ts'
import { ALICE_PRIVATE_KEY, BOB_PUBLIC_KEY, SHARED_SECRET } from './known-answer.ts'
import { importPrivateKey, publicKeyFromJwk } from './okp-keys.node.ts'

interface Keys {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** The types are of releases that know callbacks; others answer at once, and call none. */
const ask: (keys: Keys, answer: (error: Error | null, secret: Uint8Array) => void) => unknown =
  diffieHellman

/** The secret; `null` where it was not computed beside this thread. */
function secretOf(keys: Keys): Promise<Bytes | null> {
  return new Promise((resolve, reject) => {
    const atOnce = ask(keys, (error, secret) => {
      if (error === null) resolve(new Uint8Array(secret))
      else reject(error)
    })
    if (atOnce !== undefined) resolve(null)
  })
}

/** Whether this runtime computes beside the calling thread, and rightly. */
export async function computesBeside(): Promise<boolean> {
  const keys = {
    privateKey: importPrivateKey('X25519', ALICE_PRIVATE_KEY),
    publicKey: publicKeyFromJwk('X25519', BOB_PUBLIC_KEY),
  }
  try {
    const secret = await secretOf(keys)
    return secret !== null && equalBytes(secret, SHARED_SECRET)
  } catch {
    // Not known to this runtime: that is the answer, and not a failure.
    return false
  }
}

async function agreed(keys: () => Keys): Promise<Bytes | null> {
  try {
    return await secretOf(keys())
  } catch {
    return null
  }
}

/** One result for each public key, in their order; `null` where the platform refuses the key. */
export function agreeBeside(
  give: GivePublicKey,
  privateKey: KeyObject,
  publicKeys: readonly Uint8Array[],
): Promise<readonly (Bytes | null)[]> {
  return Promise.all(
    publicKeys.map((publicKey) => agreed(() => ({ privateKey, publicKey: give(publicKey) }))),
  )
}
