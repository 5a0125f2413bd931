/**
 * SHA-256 (FIPS 180-4) in plain TypeScript, down to its blocks: what HMAC and HKDF are made of where the
 * platform has nothing synchronous. Decision 15 says why it is not a library's.
 *
 * A state is eight words. Nothing here looks at a secret to decide where to go or what to load.
 */

/** Length of a block, in bytes. */
export const BLOCK_LENGTH = 64
/** Length of a digest, in bytes. */
export const DIGEST_LENGTH = 32

const WORDS = 16
const ROUNDS = 64

/** Section 4.2.2. */
const K = /* @__PURE__ */ Int32Array.of(
  0x428a2f98,
  0x71374491,
  0xb5c0fbcf,
  0xe9b5dba5,
  0x3956c25b,
  0x59f111f1,
  0x923f82a4,
  0xab1c5ed5,
  0xd807aa98,
  0x12835b01,
  0x243185be,
  0x550c7dc3,
  0x72be5d74,
  0x80deb1fe,
  0x9bdc06a7,
  0xc19bf174,
  0xe49b69c1,
  0xefbe4786,
  0x0fc19dc6,
  0x240ca1cc,
  0x2de92c6f,
  0x4a7484aa,
  0x5cb0a9dc,
  0x76f988da,
  0x983e5152,
  0xa831c66d,
  0xb00327c8,
  0xbf597fc7,
  0xc6e00bf3,
  0xd5a79147,
  0x06ca6351,
  0x14292967,
  0x27b70a85,
  0x2e1b2138,
  0x4d2c6dfc,
  0x53380d13,
  0x650a7354,
  0x766a0abb,
  0x81c2c92e,
  0x92722c85,
  0xa2bfe8a1,
  0xa81a664b,
  0xc24b8b70,
  0xc76c51a3,
  0xd192e819,
  0xd6990624,
  0xf40e3585,
  0x106aa070,
  0x19a4c116,
  0x1e376c08,
  0x2748774c,
  0x34b0bcb5,
  0x391c0cb3,
  0x4ed8aa4a,
  0x5b9cca4f,
  0x682e6ff3,
  0x748f82ee,
  0x78a5636f,
  0x84c87814,
  0x8cc70208,
  0x90befffa,
  0xa4506ceb,
  0xbef9a3f7,
  0xc67178f2,
)

/** The state before the first block: section 5.3.3. */
export const INITIAL_STATE: Int32Array = /* @__PURE__ */ Int32Array.of(
  0x6a09e667,
  0xbb67ae85,
  0x3c6ef372,
  0xa54ff53a,
  0x510e527f,
  0x9b05688c,
  0x1f83d9ab,
  0x5be0cd19,
)

// Reused, because to make them takes as long as a block; overwritten after each digest.
const schedule = /* @__PURE__ */ new Int32Array(ROUNDS)
const lastBlock = /* @__PURE__ */ new Uint8Array(BLOCK_LENGTH)

const rotated = (word: number, bits: number): number => (word >>> bits) | (word << (32 - bits))

const at = (words: Int32Array, index: number): number => words[index] ?? 0

/** Reads a word, big-endian: a view over each array would take longer than the words. */
function readWord(bytes: Uint8Array, offset: number): number {
  return (
    ((bytes[offset] ?? 0) << 24) |
    ((bytes[offset + 1] ?? 0) << 16) |
    ((bytes[offset + 2] ?? 0) << 8) |
    (bytes[offset + 3] ?? 0)
  )
}

function writeWord(word: number, into: Uint8Array, offset: number): void {
  into[offset] = word >>> 24
  into[offset + 1] = word >>> 16
  into[offset + 2] = word >>> 8
  into[offset + 3] = word
}

/** Section 6.2.2, step 1, from the words of the block on. */
function extendSchedule(): void {
  for (let i = WORDS; i < ROUNDS; i++) {
    const a = at(schedule, i - 15)
    const b = at(schedule, i - 2)
    const sigma0 = rotated(a, 7) ^ rotated(a, 18) ^ (a >>> 3)
    const sigma1 = rotated(b, 17) ^ rotated(b, 19) ^ (b >>> 10)
    schedule[i] = (sigma1 + at(schedule, i - 7) + sigma0 + at(schedule, i - 16)) | 0
  }
}

/**
 * Takes the block in the schedule into a state: section 6.2.2.
 *
 * The words are variables, one each: V8 takes three times as long where they come out of an array.
 */
function takeSchedule(state: Int32Array): void {
  extendSchedule()
  let a = at(state, 0)
  let b = at(state, 1)
  let c = at(state, 2)
  let d = at(state, 3)
  let e = at(state, 4)
  let f = at(state, 5)
  let g = at(state, 6)
  let h = at(state, 7)
  for (let i = 0; i < ROUNDS; i++) {
    const sum1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
    const t1 = (h + sum1 + (g ^ (e & (f ^ g))) + at(K, i) + at(schedule, i)) | 0
    const sum0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)
    const t2 = (sum0 + ((a & b) ^ (c & (a ^ b)))) | 0
    h = g
    g = f
    f = e
    e = (d + t1) | 0
    d = c
    c = b
    b = a
    a = (t1 + t2) | 0
  }
  state[0] = at(state, 0) + a
  state[1] = at(state, 1) + b
  state[2] = at(state, 2) + c
  state[3] = at(state, 3) + d
  state[4] = at(state, 4) + e
  state[5] = at(state, 5) + f
  state[6] = at(state, 6) + g
  state[7] = at(state, 7) + h
}

/** Takes the block at an offset into a state; {@link forgetBlocks} when all is done. */
export function takeBlock(state: Int32Array, bytes: Uint8Array, offset: number): void {
  for (let i = 0; i < WORDS; i++) schedule[i] = readWord(bytes, offset + 4 * i)
  takeSchedule(state)
}

/** Overwrites what is left of the blocks that were taken. */
export function forgetBlocks(): void {
  lastBlock.fill(0)
  schedule.fill(0)
}

/** Takes in a whole message, and the padding of section 5.1.1; a state that took a prefix knows its length. */
export function takeMessage(state: Int32Array, message: Uint8Array, prefixLength = 0): void {
  let offset = 0
  for (; offset + BLOCK_LENGTH <= message.length; offset += BLOCK_LENGTH)
    takeBlock(state, message, offset)
  const rest = message.length - offset
  for (let i = 0; i < rest; i++) lastBlock[i] = message[offset + i] ?? 0
  takeLast(state, rest, prefixLength + message.length)
}

/** The place of the message's length in bits, of which the higher half suffices for 2^53 bytes. */
const LENGTH_OFFSET = 56

/** Takes in what is left in the last block, and overwrites that. */
function takeLast(state: Int32Array, rest: number, length: number): void {
  lastBlock[rest] = 0x80
  if (rest >= LENGTH_OFFSET) {
    takeBlock(state, lastBlock, 0)
    lastBlock.fill(0)
  }
  writeWord(Math.floor(length / 2 ** 29), lastBlock, LENGTH_OFFSET)
  writeWord(length << 3, lastBlock, LENGTH_OFFSET + 4)
  takeBlock(state, lastBlock, 0)
  forgetBlocks()
}

/** As {@link takeMessage} of a digest, which is the words of another state. */
export function takeDigest(state: Int32Array, digest: Int32Array, prefixLength: number): void {
  schedule.set(digest)
  schedule[INITIAL_STATE.length] = 0x80000000
  schedule.fill(0, INITIAL_STATE.length + 1, WORDS - 1)
  schedule[WORDS - 1] = (prefixLength + DIGEST_LENGTH) << 3
  takeSchedule(state)
  forgetBlocks()
}

/** Writes a state: the digest, or as much of it as there is room for. */
export function writeState(state: Int32Array, into: Uint8Array, offset: number): void {
  for (let i = 0; i < DIGEST_LENGTH && offset + i < into.length; i++)
    into[offset + i] = at(state, i >> 2) >>> (24 - 8 * (i & 3))
}
