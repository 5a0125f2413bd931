/**
 * A stream of text that its writer fills ahead of its reader, within bounds.
 *
 * The writer may hold a transaction, and with an embedded database that is the only connection. So an
 * answer of ordinary size is taken in whole, and a larger one waits for its reader for a limited time.
 */
import { ServerError } from '../errors.ts'

/** How far a writer runs ahead, and how long it waits. */
export interface ReadAheadBounds {
  readonly readAheadBytes: number
  readonly readerStallMs: number
}

/** Both ends of a stream. */
export interface ReadAhead {
  readonly readable: ReadableStream<Uint8Array>
  /** Resolves once there is room for more; rejects when the reader is gone or takes nothing. */
  readonly write: (text: string) => Promise<void>
  readonly close: () => void
  /** Whether the reader went away or stalled, which is no fault of the server. */
  readonly readerLeft: () => boolean
  /** Ends the stream so that its reader sees that something is missing. */
  readonly abort: () => void
}

async function withDeadline(ready: Promise<void>, milliseconds: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new ServerError('answer_cut_short', 'The reader of an answer takes nothing'))
    }, milliseconds)
  })
  await Promise.race([ready, deadline]).finally(() => {
    clearTimeout(timer)
  })
}

/** The outcome shows at `write`; the other promises of a stream's writer repeat it. */
function toldElsewhere(promise: Promise<void>): void {
  promise.catch(() => undefined)
}

/** Creates both ends. */
export function readAhead({ readAheadBytes, readerStallMs }: ReadAheadBounds): ReadAhead {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(
    {},
    new ByteLengthQueuingStrategy({ highWaterMark: readAheadBytes }),
  )
  const writer = writable.getWriter()
  toldElsewhere(writer.closed)
  let readerLeft = false
  const encoder = new TextEncoder()
  return {
    readable,
    readerLeft: () => readerLeft,
    write: async (text) => {
      await withDeadline(writer.ready, readerStallMs).catch((error: unknown) => {
        readerLeft = true
        throw error
      })
      toldElsewhere(writer.write(encoder.encode(text)))
    },
    close: () => {
      toldElsewhere(writer.close())
    },
    abort: () => {
      toldElsewhere(writer.abort(new ServerError('answer_cut_short', 'The answer was cut short')))
    },
  }
}
