/** Writing to a stream at the pace of whoever reads it. */
import type { Writable } from 'node:stream'
import { OutputClosed } from '../errors.ts'

/**
 * Writes, and waits while the reader is behind.
 *
 * @throws OutputClosed when the reader is gone
 */
export async function write(stream: Writable, chunk: string | Uint8Array): Promise<void> {
  if (stream.destroyed || stream.writableEnded) throw new OutputClosed()
  if (stream.write(chunk)) return
  await new Promise<void>((resolve, reject) => {
    const done = (): void => {
      stream.off('drain', drained).off('close', closed).off('error', closed)
    }
    const drained = (): void => {
      done()
      resolve()
    }
    const closed = (): void => {
      done()
      reject(new OutputClosed())
    }
    stream.once('drain', drained).once('close', closed).once('error', closed)
  })
}
