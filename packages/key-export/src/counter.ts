/** The CTR counter block, further on. */
import { AES_BLOCK_LENGTH } from '@roomkeys/crypto/aes'
import type { Bytes } from '@roomkeys/crypto/bytes'

/** The counter block after this many bytes, a multiple of 16: the whole block counts, big-endian. */
export function counterAfter(iv: Uint8Array, length: number): Bytes {
  const counter = Uint8Array.from(iv)
  let carry = length / AES_BLOCK_LENGTH
  for (let i = counter.length - 1; i >= 0 && carry > 0; i--) {
    carry += counter[i] ?? 0
    counter[i] = carry % 256
    carry = Math.floor(carry / 256)
  }
  return counter
}
