/** Pieces of a sensible size: a sender of single bytes must not cost a copy of the rest for each. */
import type { Bytes } from '@roomkeys/crypto/bytes'

/** The least that is passed on, but for the end, in bytes. */
const MIN_PIECE_LENGTH = 16_384

/**
 * Passes long pieces on, and joins short ones. Nothing that is passed on is changed later. Where the
 * pieces fail, what came before is passed on first.
 */
export async function* coalesce(
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Bytes, undefined> {
  let joined: Bytes = new Uint8Array(MIN_PIECE_LENGTH)
  let length = 0
  try {
    for await (const piece of pieces) {
      for (let from = 0; from < piece.length;) {
        const taken = piece.subarray(from, from + MIN_PIECE_LENGTH - length)
        joined.set(taken, length)
        length += taken.length
        from += taken.length
        if (length < MIN_PIECE_LENGTH) continue
        yield joined
        joined = new Uint8Array(MIN_PIECE_LENGTH)
        length = 0
      }
    }
  } catch (error) {
    if (length > 0) yield joined.subarray(0, length)
    throw error
  }
  if (length > 0) yield joined.subarray(0, length)
  return undefined
}
