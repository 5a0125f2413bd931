/** The hash of a ciphertext as it goes by, and its length where that was announced. */
import { equalBytes } from '@roomkeys/crypto/bytes'
import { AttachmentError } from './errors.ts'
import type { Primitives } from './primitives.ts'

/** What a ciphertext must be. */
export interface Expected {
  /** SHA-256, 32 bytes. */
  readonly sha256: Uint8Array
  /** Length in bytes, where the event says it. */
  readonly size: number | undefined
}

/** A check in progress. */
export interface HashCheck {
  /**
   * Takes the next bytes.
   *
   * @throws AttachmentError `too_long`
   */
  readonly update: (ciphertext: Uint8Array) => void
  /** How many bytes went by. */
  readonly length: () => number
  /**
   * Says that this was all.
   *
   * @throws AttachmentError `truncated` or `hash_mismatch`
   */
  readonly finish: () => void
}

/**
 * Compares what a whole ciphertext is with what it must be.
 *
 * @throws AttachmentError `truncated`, `too_long` or `hash_mismatch`
 */
export function assertExpected(expected: Expected, length: number, hash: Uint8Array): void {
  assertNotTooLong(expected, length)
  if (expected.size !== undefined && length < expected.size)
    throw new AttachmentError('truncated', 'The ciphertext is shorter than the event says')
  if (!equalBytes(hash, expected.sha256))
    throw new AttachmentError('hash_mismatch', 'The ciphertext is not the one that was sent')
}

/**
 * Checks that there is not more than was announced.
 *
 * @throws AttachmentError `too_long`
 */
export function assertNotTooLong({ size }: Expected, length: number): void {
  if (size !== undefined && length > size)
    throw new AttachmentError('too_long', 'The ciphertext is longer than the event says')
}

/** Starts a check. */
export function startHashCheck(expected: Expected, { startSha256 }: Primitives): HashCheck {
  const hash = startSha256()
  let length = 0
  return {
    update: (ciphertext) => {
      length += ciphertext.length
      assertNotTooLong(expected, length)
      hash.update(ciphertext)
    },
    length: () => length,
    finish: () => {
      assertExpected(expected, length, hash.digest())
    },
  }
}
