/** Reading the body of an answer, no further than a bound, and giving up when it stays silent. */
import { TransportError } from './errors.ts'

/** The largest answer that is read where it is small by nature. */
export const MAX_RESPONSE_BYTES = 1_048_576

/** The largest answer that is read where it holds keys: a longer text does not fit a string of V8. */
export const MAX_KEYS_RESPONSE_BYTES = 524_288_000

/** How a body is read. */
export interface ReadOptions {
  /** Method and route template, for errors. */
  readonly route: string
  readonly timeoutMs: number
  /** `keys` may be large and take any time, piece by piece; else `timeoutMs` is for all of it. */
  readonly size: 'keys' | undefined
}

/** Takes the pieces of a body. */
export type Reader = ReadableStreamDefaultReader<Uint8Array>

/** Ends what is being read. A stream that has failed cannot be cancelled; read() has told of it. */
export function stop(reader: Reader): void {
  reader.cancel().catch(() => undefined)
}

function checkSize(bytes: number, { route, size }: ReadOptions): void {
  if (bytes > (size === 'keys' ? MAX_KEYS_RESPONSE_BYTES : MAX_RESPONSE_BYTES))
    throw new TransportError('answer_too_large', route)
}

/** Tells of a body that broke off. */
export function brokeOff(where: string): (cause: unknown) => never {
  return (cause) => {
    throw new TransportError('network', where, { note: 'the answer broke off', cause })
  }
}

/** The next piece of a body, unless it takes too long. */
export async function nextChunk(
  reader: Reader,
  where: string,
  timeoutMs: number,
): Promise<ReadableStreamReadResult<Uint8Array>> {
  const patience = { isOver: false }
  const timer = setTimeout(() => {
    patience.isOver = true
    stop(reader)
  }, timeoutMs)
  const read = reader.read().catch(brokeOff(where))
  const chunk = await read.finally(() => {
    clearTimeout(timer)
  })
  if (patience.isOver) throw new TransportError('timeout', where)
  return chunk
}

async function readAll(reader: Reader, options: ReadOptions): Promise<string> {
  const { route, timeoutMs, size } = options
  const end = performance.now() + timeoutMs
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  let bytes = 0
  for (;;) {
    const waitMs = size === 'keys' ? timeoutMs : end - performance.now()
    const { done, value } = await nextChunk(reader, route, waitMs)
    if (done) return text + decoder.decode()
    bytes += value.byteLength
    checkSize(bytes, options)
    text += decoder.decode(value, { stream: true })
  }
}

/** React Native has no streams: there the platform has read the body already. */
async function readWhole(response: Response, options: ReadOptions): Promise<string> {
  const text = await response.text().catch(brokeOff(options.route))
  checkSize(text.length, options)
  return text
}

/**
 * Reads a body as UTF-8.
 *
 * @throws TransportError `network`, `timeout` or `answer_too_large`
 * @throws TypeError for bytes that are not UTF-8
 */
export async function readText(response: Response, options: ReadOptions): Promise<string> {
  const reader = response.body?.getReader()
  if (reader === undefined) return readWhole(response, options)
  try {
    return await readAll(reader, options)
  } finally {
    stop(reader)
  }
}
