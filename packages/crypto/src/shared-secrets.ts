/**
 * Shared secrets by the platform's X25519: WebCrypto where it is and computes rightly, plain TypeScript
 * elsewhere. Node has a module of its own, chosen by the `node` condition.
 *
 * WebCrypto is asked for a known answer at first use: there have been releases of runtimes that list
 * X25519 and throw, or whose contexts (insecure origins) have no `subtle`.
 */
import { assertBytes, type Bytes, equalBytes, joinBytes } from './bytes.ts'
import { decideAgain } from './decide-again.ts'
import { hmacSha256 } from './hmac.ts'
import { keepImported } from './kept-key.ts'
import { ALICE_PRIVATE_KEY, BOB_PUBLIC_KEY, SHARED_SECRET } from './known-answer.ts'
import { nobleSharedSecrets } from './noble-providers.ts'
import { platformSubtle } from './platform-crypto.ts'
import { pauseIfDue } from './pause.ts'
import { toPkcs8 } from './pkcs8.ts'
import type { SharedSecrets } from './providers.ts'

const X25519 = { name: 'X25519' }
const LENGTH = 32

async function importPrivateKey(subtle: SubtleCrypto, privateKey: Uint8Array): Promise<CryptoKey> {
  const pkcs8 = toPkcs8('X25519', privateKey)
  const key = await subtle.importKey('pkcs8', pkcs8, X25519, false, ['deriveBits'])
  pkcs8.fill(0)
  return key
}

async function derive(
  subtle: SubtleCrypto,
  privateKey: CryptoKey,
  publicKey: Bytes,
): Promise<Bytes> {
  const key = await subtle.importKey('raw', publicKey, X25519, false, [])
  return new Uint8Array(await subtle.deriveBits({ ...X25519, public: key }, privateKey, LENGTH * 8))
}

/** Views into one copy: the platform would move small arrays off the heap, each on its own. */
function together(publicKeys: readonly Uint8Array[]): readonly Bytes[] {
  const all = joinBytes(publicKeys)
  return publicKeys.map((_, position) => all.subarray(position * LENGTH, (position + 1) * LENGTH))
}

const NOTHING = /* @__PURE__ */ new Uint8Array()

function webCryptoSharedSecrets(subtle: SubtleCrypto): SharedSecrets {
  const imported = keepImported(
    (privateKey) => importPrivateKey(subtle, privateKey),
    (privateKey) => hmacSha256(privateKey, NOTHING),
  )
  return async (privateKey, publicKeys) => {
    for (const publicKey of publicKeys) assertBytes(publicKey, LENGTH, 'publicKey')
    const key = await imported(privateKey)
    // Chromium computes at once and settles its promises as microtasks: without pauses, batch after
    // batch would be one task, and the page would stand still.
    await pauseIfDue()
    const one = (publicKey: Bytes): Promise<Bytes | null> =>
      derive(subtle, key, publicKey).catch(() => decideAgain(privateKey, publicKey))
    return Promise.all(together(publicKeys).map(one))
  }
}

async function computesRightly(subtle: SubtleCrypto): Promise<boolean> {
  try {
    const key = await importPrivateKey(subtle, ALICE_PRIVATE_KEY)
    const secret = await derive(subtle, key, Uint8Array.from(BOB_PUBLIC_KEY))
    return equalBytes(secret, SHARED_SECRET)
  } catch {
    // No X25519 here: that is the answer, and not a failure.
    return false
  }
}

async function choose(): Promise<SharedSecrets> {
  const subtle = platformSubtle()
  if (subtle !== undefined && (await computesRightly(subtle))) return webCryptoSharedSecrets(subtle)
  return nobleSharedSecrets
}

let chosen: Promise<SharedSecrets> | undefined

/** {@link SharedSecrets} by the fastest way that this platform has and that computes rightly. */
export const platformSharedSecrets: SharedSecrets = async (privateKey, publicKeys) => {
  chosen ??= choose()
  const sharedSecrets = await chosen
  return sharedSecrets(privateKey, publicKeys)
}

/** The same: no provider here takes threads of its own. */
export { platformSharedSecrets as sharedSecretsInThread }
