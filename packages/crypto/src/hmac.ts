/** HMAC with SHA-256 (RFC 2104). */
import type { Bytes } from './bytes.ts'
import { keyStates, writeMacUnder } from './hmac-states.ts'
import { beginSha256 } from './running-sha256.ts'
import { BLOCK_LENGTH, DIGEST_LENGTH, takeMessage, writeState } from './sha256-blocks.ts'

/** The whole MAC, 32 bytes. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Bytes {
  const mac = new Uint8Array(DIGEST_LENGTH)
  writeMacUnder(keyStates(key), message, { into: mac, offset: 0 })
  return mac
}

/** A MAC over bytes that come in pieces. */
export interface IncrementalHmac {
  readonly update: (bytes: Uint8Array) => void
  /** The MAC of all so far, 32 bytes; more may follow. */
  readonly tag: () => Bytes
}

/** Begins a MAC over bytes that come in pieces. */
export function incrementalHmacSha256(key: Uint8Array): IncrementalHmac {
  const { inner, outer } = keyStates(key)
  const { update, digest } = beginSha256(inner, BLOCK_LENGTH)
  return {
    update,
    tag: () => {
      const mac = digest()
      const state = outer.slice()
      takeMessage(state, mac, BLOCK_LENGTH)
      writeState(state, mac, 0)
      return mac
    },
  }
}
