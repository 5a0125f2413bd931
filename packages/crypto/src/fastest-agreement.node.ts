/**
 * How this release of Node agrees fastest with a public key that is given as bytes.
 *
 * Importing the key takes up to as long as the agreement itself, and releases differ threefold, in both
 * directions: with OpenSSL 3.0, PEM takes three times as long as JWK; and there are releases that test
 * what they are given by throwing and catching, four times for an object and never for a text. Only
 * later ones take a text without importing it first. So all ways are tried, once.
 */
import { diffieHellman, type KeyObject } from 'node:crypto'
import { equalBytes } from './bytes.ts'
import { ALICE_PRIVATE_KEY, BOB_PUBLIC_KEY, SHARED_SECRET } from './known-answer.ts'
import { importPrivateKey, publicKeyFromJwk, publicKeyFromPem, toPem } from './x25519-keys.node.ts'

/** Agrees with a public key of 32 bytes; throws where that is of low order. */
export type Agree = (privateKey: KeyObject, publicKey: Uint8Array) => Uint8Array

/** What every runtime knows. */
const byJwk: Agree = (privateKey, publicKey) =>
  diffieHellman({ privateKey, publicKey: publicKeyFromJwk(publicKey) })

/** Every way; which is the fastest makes no other difference. */
export const WAYS: readonly Agree[] = [
  byJwk,
  (privateKey, publicKey) => diffieHellman({ privateKey, publicKey: publicKeyFromPem(publicKey) }),
  (privateKey, publicKey) => {
    // The types are of releases that take imported keys alone; the others throw.
    const keys = { privateKey, publicKey: toPem(publicKey) as unknown as KeyObject }
    return diffieHellman(keys)
  },
]

/** Trying takes some milliseconds: few keys gain nothing by it. */
const WORTH_TRYING = 32
const TRIES = 16

function millisecondsOf(agree: Agree, privateKey: KeyObject): number {
  const started = performance.now()
  for (let i = 0; i < TRIES; i++) agree(privateKey, BOB_PUBLIC_KEY)
  return performance.now() - started
}

/** The time of a way, or infinity where it does not work. */
function timeOf(agree: Agree, privateKey: KeyObject): number {
  try {
    if (!equalBytes(agree(privateKey, BOB_PUBLIC_KEY), SHARED_SECRET)) return Infinity
    // The first run is for the compiler.
    millisecondsOf(agree, privateKey)
    return millisecondsOf(agree, privateKey)
  } catch {
    // Not known to this release: that is the answer, and not a failure.
    return Infinity
  }
}

function findFastest(): Agree {
  const privateKey = importPrivateKey(ALICE_PRIVATE_KEY)
  const timed = WAYS.map((agree) => ({ agree, time: timeOf(agree, privateKey) }))
  return timed.reduce((best, one) => (one.time < best.time ? one : best)).agree
}

let fastest: Agree | undefined

/** The fastest way, for this many keys. */
export function agreementFor(count: number): Agree {
  if (fastest === undefined && count >= WORTH_TRYING) fastest = findFastest()
  return fastest ?? byJwk
}
