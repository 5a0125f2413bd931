/** HKDF with SHA-256 (RFC 5869). */
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Bytes } from './bytes.ts'

/** What HKDF takes besides the key material. */
export interface HkdfParameters {
  /** Absent: 32 zero bytes. */
  readonly salt?: Uint8Array
  /** Absent: empty. */
  readonly info?: Uint8Array
  /** Output length in bytes. */
  readonly length: number
}

/** Derives key material from a secret. */
export function hkdfSha256(secret: Uint8Array, parameters: HkdfParameters): Bytes {
  const { salt, info, length } = parameters
  return Uint8Array.from(hkdf(sha256, secret, salt, info, length))
}
