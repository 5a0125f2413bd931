/**
 * What providers of X25519 are: functions, so that callers may pass their own.
 *
 * A batch is the seam for fast ones: many shared secrets for one private key is what opening a backup
 * costs, and many ephemeral keys for one public key what writing it costs.
 */
import type { Bytes } from './bytes.ts'

/** Length of a private key, a public key and a shared secret, in bytes. */
export const X25519_KEY_LENGTH = 32

/**
 * Shared secrets of one private key with many public keys, in their order.
 *
 * `null` stands where the public key is of low order, so that its secret would be all zeros.
 */
export type SharedSecrets = (
  privateKey: Uint8Array,
  publicKeys: readonly Uint8Array[],
) => Promise<readonly (Bytes | null)[]>

/** What a sender and a recipient agreed on: the ephemeral private key is gone already. */
export interface Agreement {
  /** The public key of the ephemeral key pair, 32 bytes. */
  readonly ephemeral: Bytes
  /** `null` when the recipient's public key is of low order, so that it would be all zeros. */
  readonly sharedSecret: Bytes | null
}

/** Agreements with one public key: each of its own, new, ephemeral key pair. */
export type Agreements = (publicKey: Uint8Array, count: number) => Promise<readonly Agreement[]>
