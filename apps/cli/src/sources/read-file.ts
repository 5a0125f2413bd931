/** Files as bytes. */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { assertRereadable } from '../io/path-kind.ts'
import { aboutPath } from '../system-errors.ts'

/** Bytes of a file that are looked at to tell what it is. */
const HEAD_LENGTH = 4_096

/** The bytes of a file as they are read. */
export async function* bytesOf(
  path: string,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  // A stream of no encoding gives buffers alone.
  const stream: AsyncIterable<Uint8Array> = createReadStream(path, { ...(signal && { signal }) })
  try {
    yield* stream
  } catch (error) {
    throw aboutPath(error, path)
  }
}

/** The beginning of a file, which is read from its beginning again afterwards. */
export async function headOf(path: string): Promise<Uint8Array> {
  await assertRereadable(path)
  await using file = await open(path, 'r')
  const { buffer, bytesRead } = await file.read(new Uint8Array(HEAD_LENGTH), 0, HEAD_LENGTH, 0)
  return buffer.subarray(0, bytesRead)
}

/** The bytes of a file as a stream of the web. */
export function webStreamOf(path: string): ReadableStream<Uint8Array> {
  const pieces = bytesOf(path)
  return new ReadableStream({
    pull: async (controller) => {
      const { done, value } = await pieces.next()
      if (done === true) controller.close()
      else controller.enqueue(value)
    },
    cancel: async () => {
      await pieces.return(undefined)
    },
  })
}
