/** SHA-256 over bytes that come in pieces, by OpenSSL: for Node, Bun and Deno. */
import { createHash } from 'node:crypto'
import type { IncrementalSha256 } from './sha256.ts'

export type { IncrementalSha256 } from './sha256.ts'

/** Begins a digest. */
export function incrementalSha256(): IncrementalSha256 {
  const state = createHash('sha256')
  return {
    update: (bytes) => {
      state.update(bytes)
    },
    digest: () => Uint8Array.from(state.digest()),
  }
}
