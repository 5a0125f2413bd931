/** HMAC with SHA-256 (RFC 2104). */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Bytes } from './bytes.ts'

/** The whole MAC, 32 bytes. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Bytes {
  return Uint8Array.from(hmac(sha256, key, message))
}

/** A MAC over bytes that come in pieces. */
export interface IncrementalHmac {
  readonly update: (bytes: Uint8Array) => void
  /** The MAC of all so far, 32 bytes; more may follow. */
  readonly tag: () => Bytes
}

/** Begins a MAC over bytes that come in pieces. */
export function incrementalHmacSha256(key: Uint8Array): IncrementalHmac {
  const state = hmac.create(sha256, key)
  return {
    update: (bytes) => {
      state.update(bytes)
    },
    tag: () => Uint8Array.from(state.clone().digest()),
  }
}
