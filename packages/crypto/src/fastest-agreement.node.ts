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
import { importPrivateKey, publicKeyFromJwk, publicKeyFromPem, toPem } from './okp-keys.node.ts'

/** How a public key of 32 bytes is given to OpenSSL. */
export type GivePublicKey = (publicKey: Uint8Array) => KeyObject

/** Every way; which is the fastest makes no other difference. What every runtime knows comes first. */
export const WAYS: readonly [GivePublicKey, ...GivePublicKey[]] = [
  (publicKey) => publicKeyFromJwk('X25519', publicKey),
  publicKeyFromPem,
  // The types are of releases that take imported keys alone; these throw.
  (publicKey) => toPem(publicKey) as unknown as KeyObject,
]

/** Trying takes about as long as a hundred agreements: few keys gain nothing by it. */
const WORTH_TRYING = 64
const ROUNDS = 32

/** A way on trial; its shortest time, which other work on the machine and the compiler disturb least. */
interface Trial {
  readonly give: GivePublicKey
  shortest: number
}

function agreeOnce(give: GivePublicKey, privateKey: KeyObject): Uint8Array {
  return diffieHellman({ privateKey, publicKey: give(BOB_PUBLIC_KEY) })
}

function computesRightly(give: GivePublicKey, privateKey: KeyObject): boolean {
  try {
    return equalBytes(agreeOnce(give, privateKey), SHARED_SECRET)
  } catch {
    // Not known to this release: that is the answer, and not a failure.
    return false
  }
}

function timeOnce({ give }: Trial, privateKey: KeyObject): number {
  const started = performance.now()
  agreeOnce(give, privateKey)
  return performance.now() - started
}

function findFastest(): GivePublicKey {
  const privateKey = importPrivateKey('X25519', ALICE_PRIVATE_KEY)
  const trials = WAYS.filter((give) => computesRightly(give, privateKey)).map((give): Trial => ({
    give,
    shortest: Infinity,
  }))
  for (let round = 0; round < ROUNDS; round++)
    for (const trial of trials)
      trial.shortest = Math.min(trial.shortest, timeOnce(trial, privateKey))
  const [first] = trials.toSorted((a, b) => a.shortest - b.shortest)
  return first?.give ?? WAYS[0]
}

let fastest: GivePublicKey | undefined
let asked = 0

/** The fastest way, once it is known that there are many keys; this many more are to come. */
export function fastestFor(count: number): GivePublicKey {
  asked += count
  if (fastest === undefined && asked >= WORTH_TRYING) fastest = findFastest()
  return fastest ?? WAYS[0]
}
