/**
 * A stream through a stage, piece by piece: nothing is read before somebody asks for it, at most one
 * piece is held, and failing or cancelling reaches both ends.
 */
import type { Bytes } from '@roomkeys/crypto/bytes'
import type { NextPiece, PieceReader } from './pieces.ts'

/** What is done to a stream. */
export interface Stage {
  /** Turns a piece into what comes out. */
  readonly step: (piece: Bytes) => Promise<Bytes>
  /** Called at the end of the source; may throw. */
  readonly end: () => void
  /** Called with what made the stream fail. */
  readonly fail?: (error: unknown) => void
  /** Called with the reason when whoever reads wants no more. */
  readonly cancel?: (reason: unknown) => void
}

async function pull(
  controller: ReadableStreamDefaultController<Bytes>,
  next: NextPiece,
  stage: Stage,
): Promise<void> {
  const piece = await next()
  if (piece !== null) {
    controller.enqueue(await stage.step(piece))
    return
  }
  stage.end()
  controller.close()
}

/**
 * Sends pieces through a stage.
 *
 * @param reader - where the pieces come from, and what is told when no more are wanted
 */
export function through(reader: PieceReader, stage: Stage): ReadableStream<Bytes> {
  return new ReadableStream<Bytes>(
    {
      async pull(controller) {
        try {
          await pull(controller, reader.next, stage)
        } catch (error) {
          stage.fail?.(error)
          // The error at hand is what is reported, not what the source says to being cancelled.
          reader.cancel(error).catch(() => undefined)
          throw error
        }
      },
      async cancel(reason) {
        stage.cancel?.(reason)
        await reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}
