/** Where a file is read from: a stream that can be opened again. */
import type { Bytes } from '@roomkeys/crypto/bytes'
import { createArmorReader } from './armor-reader.ts'

/** A file in pieces of any length: text, or the bytes of UTF-8. */
export type KeyExportChunks =
  AsyncIterable<string | Uint8Array> | ReadableStream<string | Uint8Array>

/**
 * Opens the file from its beginning; called twice for each reading.
 *
 * @example `() => file.stream()` for a `Blob`, `() => createReadStream(path)` on Node.
 */
export type KeyExportSource = () => KeyExportChunks

/** Text is handled in slices of this many characters, however long the pieces of the source are. */
const SLICE = 65_536

/** Slices between two turns that other work of the event loop gets. */
const SLICES_BETWEEN_PAUSES = 16

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}

/** Streams are not iterable in every browser. */
async function* chunksOf(
  stream: ReadableStream<string | Uint8Array>,
): AsyncGenerator<string | Uint8Array, void, void> {
  const reader = stream.getReader()
  let finished = false
  try {
    for (;;) {
      const { done, value } = await reader.read()
      finished = done
      if (done) return
      yield value
    }
  } finally {
    if (!finished) await reader.cancel()
  }
}

function iterable(chunks: KeyExportChunks): AsyncIterable<string | Uint8Array> {
  return 'getReader' in chunks ? chunksOf(chunks) : chunks
}

async function* textOf(chunks: KeyExportChunks): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder()
  for await (const chunk of iterable(chunks))
    yield typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })
  yield decoder.decode()
}

async function* slicesOf(
  text: AsyncIterable<string>,
  signal: AbortSignal | undefined,
): AsyncGenerator<string, void, void> {
  let characters = 0
  for await (const piece of text)
    for (let from = 0; from < piece.length; from += SLICE) {
      const slice = piece.slice(from, from + SLICE)
      characters += slice.length
      if (characters >= SLICE * SLICES_BETWEEN_PAUSES) {
        characters = 0
        await pause()
      }
      signal?.throwIfAborted()
      yield slice
    }
}

/**
 * The payload of a file, in pieces.
 *
 * @throws KeyExportError `no_header`, or at the end `no_footer` or `bad_base64`
 * @throws the signal's reason when it is aborted
 */
export async function* unwrapArmorStream(
  open: KeyExportSource,
  signal?: AbortSignal,
): AsyncGenerator<Bytes, void, void> {
  signal?.throwIfAborted()
  const reader = createArmorReader()
  for await (const slice of slicesOf(textOf(open()), signal)) yield reader.push(slice)
  signal?.throwIfAborted()
  yield reader.end()
}
