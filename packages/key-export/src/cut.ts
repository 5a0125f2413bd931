/** Bytes that come in pieces of any length, cut into pieces of known lengths. */
import type { Bytes } from '@roomkeys/crypto/bytes'

/** Lengths of pieces, in bytes. */
export interface CutLengths {
  /** Of the first piece. */
  readonly first: number
  /** Of every other piece but the last, which may be shorter. */
  readonly then: number
}

/** Cuts bytes. Every piece is a copy and may be overwritten. */
export async function* cut(
  source: AsyncIterable<Uint8Array>,
  { first, then }: CutLengths,
): AsyncGenerator<Bytes, void, void> {
  let piece: Bytes = new Uint8Array(first)
  let filled = 0
  for await (const bytes of source)
    for (let from = 0; from < bytes.length;) {
      const part = bytes.subarray(from, from + piece.length - filled)
      piece.set(part, filled)
      filled += part.length
      from += part.length
      if (filled < piece.length) continue
      yield piece
      piece = new Uint8Array(then)
      filled = 0
    }
  if (filled > 0) yield piece.slice(0, filled)
}
