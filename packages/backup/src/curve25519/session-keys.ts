/** The keys of one entry: HKDF-SHA-256 of the shared secret, no salt, no info, 80 bytes. */
import type { Bytes } from '@roomkeys/crypto/bytes'
import { hkdfSha256 } from '@roomkeys/crypto/hkdf'

/** The keys of one entry. The IV is derived, not stored. */
export interface SessionKeys {
  /** AES-256-CBC key, 32 bytes. */
  readonly aesKey: Bytes
  /** HMAC-SHA-256 key, 32 bytes; for v1 alone. */
  readonly macKey: Bytes
  /** 16 bytes. */
  readonly iv: Bytes
}

/** Derives the keys of an entry from its shared secret. */
export function deriveSessionKeys(sharedSecret: Uint8Array): SessionKeys {
  const derived = hkdfSha256(sharedSecret, { length: 80 })
  return {
    aesKey: derived.subarray(0, 32),
    macKey: derived.subarray(32, 64),
    iv: derived.subarray(64, 80),
  }
}
