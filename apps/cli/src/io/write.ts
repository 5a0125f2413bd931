/** Writing to standard output at the pace of whoever reads it. */
import type { Writable } from 'node:stream'
import { CliError, OutputClosed } from '../errors.ts'
import { codeOf, systemText } from '../system-errors.ts'

/** A reader that went away is no failure to tell; a full disk is. */
function failure(error: Error | null): Error {
  if (error === null || codeOf(error) === 'EPIPE') return new OutputClosed()
  const hint = systemText(error)
  return new CliError('failed', 'Standard output cannot be written.', {
    cause: error,
    ...(hint !== null && { hint }),
  })
}

/**
 * Writes, and waits while the reader is behind.
 *
 * @throws OutputClosed when the reader is gone; CliError `failed` when nothing can be written
 */
export async function write(stream: Writable, chunk: string | Uint8Array): Promise<void> {
  if (stream.destroyed || stream.writableEnded) throw failure(stream.errored)
  if (stream.write(chunk)) return
  await new Promise<void>((resolve, reject) => {
    const done = (): void => {
      stream.off('drain', drained).off('close', closed).off('error', failed)
    }
    const drained = (): void => {
      done()
      resolve()
    }
    const failed = (error: Error): void => {
      done()
      reject(failure(error))
    }
    const closed = (): void => {
      done()
      reject(failure(stream.errored))
    }
    stream.once('drain', drained).once('close', closed).once('error', failed)
  })
}
