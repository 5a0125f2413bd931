/** HMAC with SHA-256 (RFC 2104). */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Bytes } from './bytes.ts'

/** The whole MAC, 32 bytes. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Bytes {
  return Uint8Array.from(hmac(sha256, key, message))
}
