/** A stream read in pieces of bounded length, each an own copy; an abort reaches a read that hangs. */
import type { Bytes } from '@roomkeys/crypto/bytes'

/** The most bytes that are worked on at once. */
export const PIECE_LENGTH: number = 256 * 1024

/** The next bytes, 1 to {@link PIECE_LENGTH}; `null` at the end. */
export type NextPiece = () => Promise<Bytes | null>

/** A source that is being read. */
export interface PieceReader {
  /**
   * Reads on.
   *
   * @throws TypeError when the source gives anything but `Uint8Array`
   * @throws the signal's reason when it is aborted, and whatever the source fails with
   */
  readonly next: NextPiece
  /** Stops reading and tells the source. */
  readonly cancel: (reason: unknown) => Promise<void>
}

type Source = ReadableStreamDefaultReader<Uint8Array>

async function readChunk(source: Source, signal: AbortSignal | undefined) {
  signal?.throwIfAborted()
  const { done, value } = await source.read()
  // Cancelling ends a read as if the source had come to its end.
  signal?.throwIfAborted()
  if (done) return null
  if (!((value as unknown) instanceof Uint8Array))
    throw new TypeError('The stream must consist of Uint8Arrays')
  return value
}

/** Reads a stream as it comes: what is longer than a piece is cut, nothing is joined. */
export function readPieces(stream: ReadableStream<Uint8Array>, signal?: AbortSignal): PieceReader {
  const source = stream.getReader()
  const cancel = async (reason: unknown): Promise<void> => {
    signal?.removeEventListener('abort', abort)
    await source.cancel(reason)
  }
  const abort = (): void => {
    // What the source says to that is of no interest: the reader gets the signal's reason.
    cancel(signal?.reason).catch(() => undefined)
  }
  signal?.addEventListener('abort', abort)
  let rest: Uint8Array = new Uint8Array()
  const next = async (): Promise<Bytes | null> => {
    while (rest.length === 0) {
      const chunk = await readChunk(source, signal)
      if (chunk === null) {
        signal?.removeEventListener('abort', abort)
        return null
      }
      rest = chunk
    }
    // The constructor copies; `slice` of Node's Buffer does not.
    const piece = new Uint8Array(rest.subarray(0, PIECE_LENGTH))
    rest = rest.subarray(PIECE_LENGTH)
    return piece
  }
  return { next, cancel }
}

/** Joins and cuts pieces so that each but the last has {@link PIECE_LENGTH}. */
export function wholePieces(next: NextPiece): NextPiece {
  let rest: Bytes | null = new Uint8Array()
  return async () => {
    const whole = new Uint8Array(PIECE_LENGTH)
    let filled = 0
    while (filled < PIECE_LENGTH) {
      if (rest?.length === 0) rest = await next()
      if (rest === null) break
      const taken = rest.subarray(0, PIECE_LENGTH - filled)
      whole.set(taken, filled)
      filled += taken.length
      rest = rest.subarray(taken.length)
    }
    return filled === 0 ? null : whole.subarray(0, filled)
  }
}
