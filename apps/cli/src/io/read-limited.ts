/** Reading small things whole: secrets, credentials, answers. */
import { createReadStream } from 'node:fs'
import { CliError } from '../errors.ts'
import { aboutPath } from '../system-errors.ts'

/** What is read, and how much of it at most. */
export interface ReadLimits {
  /** For messages, e.g. `The recovery key`. */
  readonly what: string
  readonly maxBytes: number
}

/**
 * Reads a stream whole.
 *
 * @throws CliError `bad_file` when there is more than the limit, or it is not UTF-8
 */
export async function readText(
  stream: AsyncIterable<Uint8Array | string>,
  { what, maxBytes }: ReadLimits,
): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > maxBytes) throw new CliError('bad_file', `${what} is longer than ${maxBytes} bytes.`)
    chunks.push(bytes)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
  } catch (cause) {
    throw new CliError('bad_file', `${what} is not UTF-8 text.`, { cause })
  }
}

/**
 * Reads a small file whole.
 *
 * @throws CliError `bad_file`; what the file system says
 */
export async function readTextFile(path: string, limits: ReadLimits): Promise<string> {
  try {
    return await readText(createReadStream(path), limits)
  } catch (error) {
    throw aboutPath(error, path)
  }
}
