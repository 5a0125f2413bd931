/** Streams that tell what happens to them. */
import { type Bytes, concatBytes } from '@roomkeys/crypto/bytes'

/** A source with a record of its use. */
export interface WatchedSource {
  readonly stream: ReadableStream<Uint8Array>
  /** How many chunks were asked for. */
  readonly asked: () => number
  /** What it was cancelled with, in a list; empty when it was not. */
  readonly cancelledWith: readonly unknown[]
}

/** A source of these chunks, none of which is handed out before somebody asks. */
export function watchedSource(chunks: Iterable<Uint8Array>): WatchedSource {
  const iterator = chunks[Symbol.iterator]()
  const cancelledWith: unknown[] = []
  let asked = 0
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        asked += 1
        const next: IteratorResult<Uint8Array, unknown> = iterator.next()
        if (next.done === true) controller.close()
        else controller.enqueue(next.value)
      },
      cancel: (reason) => {
        cancelledWith.push(reason)
      },
    },
    { highWaterMark: 0 },
  )
  return { stream, asked: () => asked, cancelledWith }
}

/** A source of these chunks. */
export function streamOf(...chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  return watchedSource(chunks).stream
}

/** A source that never gives anything, and never ends. */
export function silentStream(): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({ pull: () => new Promise<void>(() => undefined) })
}

/** A source that gives one chunk and then fails. */
export function failingStream(chunk: Uint8Array, error: Error): ReadableStream<Uint8Array> {
  const chunks = [chunk]
  return new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        const next = chunks.pop()
        if (next === undefined) controller.error(error)
        else controller.enqueue(next)
      },
    },
    { highWaterMark: 0 },
  )
}

/** Cuts bytes into chunks of these lengths; the last takes what is left. */
export function cut(bytes: Uint8Array, lengths: readonly number[]): readonly Uint8Array[] {
  let from = 0
  const chunks = lengths.map((length) => bytes.subarray(from, (from += length)))
  return [...chunks, bytes.subarray(from)]
}

/** Everything that came out of a stream, and what it failed with. */
export interface Drained {
  readonly chunks: readonly Uint8Array[]
  /** `undefined` when it came to its end. */
  readonly error: unknown
}

/** Reads a stream to its end, or until it fails. */
export async function drain(stream: ReadableStream<Uint8Array>): Promise<Drained> {
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of stream) chunks.push(chunk)
    return { chunks, error: undefined }
  } catch (error) {
    return { chunks, error }
  }
}

/** Everything that comes out of a stream; fails as the stream does. */
export async function readAll(stream: ReadableStream<Uint8Array>): Promise<Bytes> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return concatBytes(...chunks)
}
