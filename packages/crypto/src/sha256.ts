/**
 * SHA-256 over bytes that come in pieces. WebCrypto has none, so that is plain TypeScript; Node has a
 * module of its own, chosen by the `node` condition.
 */
import type { Bytes } from './bytes.ts'
import { beginSha256 } from './running-sha256.ts'

/** A digest over bytes that come in pieces. */
export interface IncrementalSha256 {
  readonly update: (bytes: Uint8Array) => void
  /** The digest of all, 32 bytes; called once, at the end. */
  readonly digest: () => Bytes
}

/** Begins a digest. */
export function incrementalSha256(): IncrementalSha256 {
  return beginSha256()
}
