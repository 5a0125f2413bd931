/**
 * Decrypting before the hash is known: for what cannot wait for the whole file.
 *
 * AES-CTR protects nothing against change. Whoever serves the file can flip any bit of what comes out
 * here, and a file that turns out to be changed has been used by then.
 */
import type { Bytes } from '@roomkeys/crypto/bytes'
import {
  assertLength,
  type DecryptOptions,
  type DecryptStreamOptions,
  prepareDecryption,
} from './decrypt.ts'
import type { EncryptedFile } from './encrypted-file.ts'
import { AttachmentError } from './errors.ts'
import { startHashCheck } from './hash-check.ts'
import { readPieces } from './pieces.ts'
import { through } from './through.ts'

/**
 * Decrypts a stream as it comes. What is released is **unverified** until the stream ends without an
 * error: drop everything that came out when it fails.
 *
 * @throws AttachmentError when the description is not usable
 * @returns the plaintext; it fails with AttachmentError `hash_mismatch`, `truncated` or `too_long`
 */
export function decryptUnverifiedUntilEnd(
  ciphertext: ReadableStream<Uint8Array>,
  file: EncryptedFile,
  options: DecryptStreamOptions = {},
): ReadableStream<Bytes> {
  const { keystream, expected, primitives } = prepareDecryption(file, options)
  const check = startHashCheck(expected, primitives)
  return through(readPieces(ciphertext, options.signal), {
    step: async (piece) => {
      const offset = check.length()
      check.update(piece)
      return keystream(offset, piece)
    },
    end: check.finish,
  })
}

/** A part of a ciphertext, e.g. the answer to an HTTP range request. */
export interface CiphertextPart {
  readonly ciphertext: Uint8Array
  /** Where in the file the part begins, in bytes. */
  readonly offset: number
}

/** Which bytes of a file are wanted, and how they are decrypted. */
export interface DecryptRangeOptions extends Pick<DecryptOptions, 'primitives'> {
  /** First byte, counted from the beginning of the file; the beginning of the part by default. */
  readonly start?: number
  /** The byte after the last; the end of the part by default. */
  readonly end?: number
}

/**
 * Decrypts a range of bytes out of a part of the ciphertext. The result is **unverified**: the hash
 * covers the file as a whole.
 *
 * @throws AttachmentError when the description is not usable; `truncated` when the part ends too early
 * @throws TypeError for a range that is none, or begins before the part
 */
export async function decryptUnverifiedRange(
  part: CiphertextPart,
  file: EncryptedFile,
  options: DecryptRangeOptions = {},
): Promise<Bytes> {
  const { ciphertext, offset } = part
  const { start = offset, end = offset + ciphertext.length, ...rest } = options
  assertLength(offset, 'offset')
  assertLength(start, 'start')
  assertLength(end, 'end')
  if (start < offset || end < start)
    throw new TypeError('start must lie in the part, and not after end')
  const { keystream } = prepareDecryption(file, rest)
  if (end > offset + ciphertext.length)
    throw new AttachmentError('truncated', 'The part ends before the range that is asked for')
  return keystream(start, new Uint8Array(ciphertext.subarray(start - offset, end - offset)))
}
