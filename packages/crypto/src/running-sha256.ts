/** SHA-256 in plain TypeScript over bytes that come in pieces, from any state on. */
import type { Bytes } from './bytes.ts'
import {
  BLOCK_LENGTH,
  DIGEST_LENGTH,
  INITIAL_STATE,
  takeBlock,
  takeMessage,
  writeState,
} from './sha256-blocks.ts'

/** A digest under way. */
export interface RunningSha256 {
  readonly update: (bytes: Uint8Array) => void
  /** The digest of all so far, 32 bytes; more may follow. */
  readonly digest: () => Bytes
}

/** Begins a digest; a state other than the first has taken a prefix of whole blocks. */
export function beginSha256(from: Int32Array = INITIAL_STATE, prefixLength = 0): RunningSha256 {
  const state = from.slice()
  const held = new Uint8Array(BLOCK_LENGTH)
  let length = prefixLength
  const heldLength = (): number => length % BLOCK_LENGTH

  /** Fills the block that has begun; the number of bytes that this took. */
  const fill = (bytes: Uint8Array): number => {
    const begun = heldLength()
    const taken = begun === 0 ? 0 : Math.min(BLOCK_LENGTH - begun, bytes.length)
    held.set(bytes.subarray(0, taken), begun)
    if (begun + taken === BLOCK_LENGTH) takeBlock(state, held, 0)
    return taken
  }

  return {
    update: (bytes) => {
      let offset = fill(bytes)
      for (; offset + BLOCK_LENGTH <= bytes.length; offset += BLOCK_LENGTH)
        takeBlock(state, bytes, offset)
      length += bytes.length
      // What does not fill a block waits; where it went into one that had begun, nothing is left.
      if (offset < bytes.length) held.set(bytes.subarray(offset))
    },
    digest: () => {
      const [last, digest] = [state.slice(), new Uint8Array(DIGEST_LENGTH)]
      takeMessage(last, held.subarray(0, heldLength()), length - heldLength())
      writeState(last, digest, 0)
      return digest
    },
  }
}
