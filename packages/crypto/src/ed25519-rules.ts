/**
 * What both ways to Ed25519 hold to, so that they accept the same.
 *
 * RFC 8032 leaves a choice that only a malicious signer brings about: whether parts of small order count.
 * Here they do, as in vodozemac and libolm: `R` has to be the very bytes that come out. Keys of small
 * order, which sign anything, and encodings past the prime are refused.
 */
import { assertBytes } from './bytes.ts'

/** Length of a seed and of a public key, in bytes. */
export const ED25519_KEY_LENGTH = 32
/** Length of a signature, in bytes. */
export const ED25519_SIGNATURE_LENGTH = 64

/** A signature beside what it is to be checked against. */
export interface SignedMessage {
  readonly publicKey: Uint8Array
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

/**
 * Checks the length of a seed.
 *
 * @throws TypeError
 */
export function assertSeed(seed: Uint8Array): Uint8Array {
  return assertBytes(seed, ED25519_KEY_LENGTH, 'seed')
}

/** Whether the lengths are right; malformed input is not valid, and no mistake of the caller. */
export function hasLengths({ publicKey, signature }: SignedMessage): boolean {
  return publicKey.length === ED25519_KEY_LENGTH && signature.length === ED25519_SIGNATURE_LENGTH
}
