/** What both ways to AES take and say. */
import { assertBytes } from './bytes.ts'
import { CryptoError } from './errors.ts'

/** Length of a key, in bytes. */
export const AES_KEY_LENGTH = 32
/** Length of a block, and so of a CBC initialisation vector and a CTR counter block, in bytes. */
export const AES_BLOCK_LENGTH = 16

/** A key with the block that its mode starts from. */
export interface AesParameters {
  /** 32 bytes. */
  readonly key: Uint8Array
  /** 16 bytes. */
  readonly iv: Uint8Array
}

/**
 * Checks the lengths.
 *
 * @throws TypeError
 */
export function checked({ key, iv }: AesParameters): AesParameters {
  assertBytes(key, AES_KEY_LENGTH, 'key')
  assertBytes(iv, AES_BLOCK_LENGTH, 'iv')
  return { key, iv }
}

/**
 * Checks that a ciphertext is whole blocks.
 *
 * @throws CryptoError `bad_padding`
 */
export function assertBlocks(ciphertext: Uint8Array): void {
  if (ciphertext.length === 0 || ciphertext.length % AES_BLOCK_LENGTH !== 0)
    throw new CryptoError('bad_padding', 'The ciphertext is not whole AES blocks')
}

/** The error of a padding that is wrong. */
export function badPadding(cause?: unknown): CryptoError {
  return new CryptoError('bad_padding', 'The padding is wrong: another key, or damage', { cause })
}
