/**
 * The key stream of a file at any byte: which counter block it is, and where the counter overflows.
 *
 * Encryption and decryption are the same operation.
 */
import { type Bytes, concatBytes } from '@roomkeys/crypto/bytes'
import type { CtrCipher, Primitives } from './primitives.ts'
import type { CounterBits, FileSecrets } from './secrets.ts'

const BLOCK_LENGTH = 16
const HALF_BITS = 64n

/** Encrypts or decrypts data that begins at a byte of the file; nobody else may change the data. */
export type Keystream = (offset: number, data: Bytes) => Promise<Bytes>

/** The counter block so many blocks after the first. */
export function counterAt(first: Uint8Array, blocks: bigint, bits: CounterBits): Bytes {
  const counter = Uint8Array.from(first)
  const view = new DataView(counter.buffer)
  const low = view.getBigUint64(8) + blocks
  // Both halves are written modulo 2^64.
  view.setBigUint64(8, low)
  if (bits === 128) view.setBigUint64(0, view.getBigUint64(0) + (low >> HALF_BITS))
  return counter
}

/**
 * How many bytes lie before the lower half of the counter overflows. Providers differ in what they
 * do there, so none is ever led across.
 */
function bytesBeforeOverflow(counter: Bytes): bigint {
  const low = new DataView(counter.buffer).getBigUint64(8)
  return ((1n << HALF_BITS) - low) * BigInt(BLOCK_LENGTH)
}

interface Blocks {
  /** Number of the first block. */
  readonly block: bigint
  /** Data that begins with that block. */
  readonly data: Bytes
}

async function applyToBlocks(
  { counter: first, counterBits }: FileSecrets,
  cipher: CtrCipher,
  { block, data }: Blocks,
): Promise<Bytes> {
  const counter = counterAt(first, block, counterBits)
  const room = bytesBeforeOverflow(counter)
  if (BigInt(data.length) <= room) return cipher(counter, data)
  const split = Number(room)
  const after = counterAt(counter, room / BigInt(BLOCK_LENGTH), counterBits)
  return concatBytes(
    await cipher(counter, data.slice(0, split)),
    await cipher(after, data.slice(split)),
  )
}

/** The key stream of a file. */
export function keystreamOf(secrets: FileSecrets, primitives: Primitives): Keystream {
  const cipher = primitives.aesCtr(secrets.key)
  return async (offset, data) => {
    const skipped = offset % BLOCK_LENGTH
    const block = BigInt((offset - skipped) / BLOCK_LENGTH)
    if (skipped === 0) return applyToBlocks(secrets, cipher, { block, data })
    const padded = concatBytes(new Uint8Array(skipped), data)
    return (await applyToBlocks(secrets, cipher, { block, data: padded })).subarray(skipped)
  }
}
