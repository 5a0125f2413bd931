/** HMAC with SHA-256 (RFC 2104) in plain TypeScript, by a key that is taken in once for many messages. */
import type { MacPlace } from './hkdf-blocks.ts'
import {
  BLOCK_LENGTH,
  DIGEST_LENGTH,
  forgetBlocks,
  INITIAL_STATE,
  takeBlock,
  takeDigest,
  takeMessage,
  writeState,
} from './sha256-blocks.ts'

const INNER_PAD = 0x36
const OUTER_PAD = 0x5c

/** What a key comes to: the states of both digests once they took its pads. As secret as the key. */
export interface KeyStates {
  readonly inner: Int32Array
  readonly outer: Int32Array
}

// Reused, because to make them takes as long as a block; overwritten after each use.
const pad = /* @__PURE__ */ new Uint8Array(BLOCK_LENGTH)
const innerWork = /* @__PURE__ */ new Int32Array(INITIAL_STATE.length)
const outerWork = /* @__PURE__ */ new Int32Array(INITIAL_STATE.length)

function padded(key: Uint8Array, byte: number): Int32Array {
  for (let i = 0; i < BLOCK_LENGTH; i++) pad[i] = (key[i] ?? 0) ^ byte
  const state = INITIAL_STATE.slice()
  takeBlock(state, pad, 0)
  pad.fill(0)
  forgetBlocks()
  return state
}

/** A key that is longer than a block is hashed first. */
function shortKey(key: Uint8Array): Uint8Array {
  if (key.length <= BLOCK_LENGTH) return key
  const [state, digest] = [INITIAL_STATE.slice(), new Uint8Array(DIGEST_LENGTH)]
  takeMessage(state, key)
  writeState(state, digest, 0)
  return digest
}

/** Takes a key in. */
export function keyStates(key: Uint8Array): KeyStates {
  const short = shortKey(key)
  return { inner: padded(short, INNER_PAD), outer: padded(short, OUTER_PAD) }
}

/** Writes the MAC of a message: 32 bytes, or as many as there is room for. */
export function writeMacUnder(
  { inner, outer }: KeyStates,
  message: Uint8Array,
  { into, offset }: MacPlace,
): void {
  innerWork.set(inner)
  takeMessage(innerWork, message, BLOCK_LENGTH)
  outerWork.set(outer)
  takeDigest(outerWork, innerWork, BLOCK_LENGTH)
  writeState(outerWork, into, offset)
  innerWork.fill(0)
  outerWork.fill(0)
}

/** Overwrites the states of a key that is done with. */
export function destroyStates({ inner, outer }: KeyStates): void {
  inner.fill(0)
  outer.fill(0)
}
