/**
 * Ephemeral agreements by the platform's X25519: WebCrypto where it is and makes key pairs that compute
 * rightly, plain TypeScript elsewhere. Node has a module of its own, chosen by the `node` condition.
 */
import { assertBytes, type Bytes, equalBytes } from './bytes.ts'
import { ALICE_PRIVATE_KEY, ALICE_PUBLIC_KEY } from './known-answer.ts'
import { nobleAgreements, nobleSharedSecrets } from './noble-providers.ts'
import { pauseIfDue } from './pause.ts'
import { platformSubtle } from './platform-crypto.ts'
import type { Agreement, Agreements, SharedSecrets } from './providers.ts'

const X25519 = { name: 'X25519' }
const LENGTH = 32

async function generate(subtle: SubtleCrypto): Promise<CryptoKeyPair> {
  const pair = await subtle.generateKey(X25519, false, ['deriveBits'])
  if ('publicKey' in pair) return pair
  throw new TypeError('X25519 gave no key pair')
}

function importPublicKey(subtle: SubtleCrypto, publicKey: Uint8Array): Promise<CryptoKey> {
  return subtle.importKey('raw', Uint8Array.from(publicKey), X25519, false, [])
}

async function agree(subtle: SubtleCrypto, recipient: CryptoKey): Promise<Agreement> {
  const { publicKey, privateKey } = await generate(subtle)
  const [ephemeral, bits] = await Promise.all([
    subtle.exportKey('raw', publicKey),
    subtle.deriveBits({ ...X25519, public: recipient }, privateKey, LENGTH * 8),
  ])
  return { ephemeral: new Uint8Array(ephemeral), sharedSecret: new Uint8Array(bits) }
}

async function agreeMany(
  subtle: SubtleCrypto,
  publicKey: Uint8Array,
  count: number,
): Promise<readonly Agreement[]> {
  const recipient = await importPublicKey(subtle, publicKey)
  return Promise.all(Array.from({ length: count }, () => agree(subtle, recipient)))
}

function webCryptoAgreements(subtle: SubtleCrypto): Agreements {
  return async (publicKey, count) => {
    assertBytes(publicKey, LENGTH, 'publicKey')
    // As with shared secrets: without pauses, batch after batch would be one task.
    await pauseIfDue()
    // Platforms refuse keys of low order, and do not say why they refuse one: plain TypeScript decides.
    return agreeMany(subtle, publicKey, count).catch(() => nobleAgreements()(publicKey, count))
  }
}

/** A new pair has no known answer: both sides have to come to the same, so Alice computes hers. */
async function computesRightly(subtle: SubtleCrypto): Promise<boolean> {
  try {
    const made = await agreeMany(subtle, ALICE_PUBLIC_KEY, 1)
    const theirs = await sharedSecretsOf(made.map(({ ephemeral }) => ephemeral))
    return made.every(({ sharedSecret }, i) => isSame(sharedSecret, theirs[i] ?? null))
  } catch {
    // No X25519 here: that is the answer, and not a failure.
    return false
  }
}

function sharedSecretsOf(ephemerals: readonly Bytes[]): ReturnType<SharedSecrets> {
  return nobleSharedSecrets(ALICE_PRIVATE_KEY, ephemerals)
}

function isSame(a: Bytes | null, b: Bytes | null): boolean {
  return a !== null && b !== null && equalBytes(a, b)
}

async function choose(): Promise<Agreements> {
  const subtle = platformSubtle()
  if (subtle !== undefined && (await computesRightly(subtle))) return webCryptoAgreements(subtle)
  return nobleAgreements()
}

let chosen: Promise<Agreements> | undefined

/** {@link Agreements} by the fastest way that this platform has and that computes rightly. */
export const platformAgreements: Agreements = async (publicKey, count) => {
  chosen ??= choose()
  const agreements = await chosen
  return agreements(publicKey, count)
}
