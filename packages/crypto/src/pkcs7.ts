/** The padding of CBC (RFC 5652, section 6.3): as many bytes as are missing, each their number. */
import { AES_BLOCK_LENGTH } from './aes-parameters.ts'
import type { Bytes } from './bytes.ts'

/** The data with its padding, which is never empty. */
export function withPadding(data: Uint8Array): Bytes {
  const count = AES_BLOCK_LENGTH - (data.length % AES_BLOCK_LENGTH)
  const padded = new Uint8Array(data.length + count)
  padded.set(data)
  return padded.fill(count, data.length)
}

/** The data without its padding, over the same memory; `null` where that is wrong. */
export function withoutPadding(padded: Bytes): Bytes | null {
  const count = padded[padded.length - 1] ?? 0
  let wrong = count === 0 || count > AES_BLOCK_LENGTH ? 1 : 0
  // All of the block is looked at, whatever is in it.
  for (let i = 1; i <= AES_BLOCK_LENGTH; i++)
    wrong |= i <= count ? (padded[padded.length - i] ?? 0) ^ count : 0
  return wrong === 0 ? padded.subarray(0, padded.length - count) : null
}
