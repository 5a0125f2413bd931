/** scrypt (RFC 7914), for passwords that a server keeps. Plain TypeScript, in slices of some milliseconds. */
import { scryptAsync } from '@noble/hashes/scrypt.js'
import type { Bytes } from './bytes.ts'

/** What scrypt takes besides the password. */
export interface ScryptParameters {
  readonly salt: Uint8Array
  /** Cost: a power of two. Memory is 128 bytes times cost times block size. */
  readonly cost: number
  readonly blockSize: number
  readonly parallelization: number
  /** Output length in bytes. */
  readonly length: number
}

/** Derives a key from a password, used as its UTF-8 bytes. */
export async function scrypt(password: string, parameters: ScryptParameters): Promise<Bytes> {
  const { salt, cost: N, blockSize: r, parallelization: p, length: dkLen } = parameters
  return Uint8Array.from(await scryptAsync(password, salt, { N, r, p, dkLen }))
}
