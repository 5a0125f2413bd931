/** Reading the body of an answer, no further than a bound. */
import { TransportError } from './errors.ts'

/** The largest answer that is read where it is small by nature, when the options do not say otherwise. */
export const DEFAULT_MAX_RESPONSE_BYTES = 1_048_576

/** The largest answer that is read where it holds keys: a longer text does not fit a string of V8. */
export const MAX_KEYS_RESPONSE_BYTES = 524_288_000

/** The largest body of an error that is read. */
export const MAX_ERROR_BYTES = 65_536

/** How a body is read. */
export interface ReadOptions {
  /** Method and route template, for errors. */
  readonly where: string
  readonly maxBytes: number
  /** Aborts with the reason to give up. */
  readonly giveUp: AbortSignal
  /** Called whenever a piece has arrived. */
  readonly heard: () => void
}

type Chunk = ReadableStreamReadResult<Uint8Array>

async function nextChunk(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  { where, giveUp, heard }: ReadOptions,
): Promise<Chunk> {
  try {
    const chunk = await reader.read()
    giveUp.throwIfAborted()
    heard()
    return chunk
  } catch (cause) {
    giveUp.throwIfAborted()
    throw new TransportError('network', where, { note: 'the answer broke off', cause })
  }
}

function decode(decoder: TextDecoder, bytes: Uint8Array | undefined, where: string): string {
  try {
    return decoder.decode(bytes, { stream: bytes !== undefined })
  } catch (cause) {
    throw new TransportError('not_json', where, { note: 'not UTF-8', cause })
  }
}

async function readAll(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  options: ReadOptions,
): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  let bytes = 0
  for (;;) {
    const { done, value } = await nextChunk(reader, options)
    if (done) return text + decode(decoder, undefined, options.where)
    bytes += value.byteLength
    if (bytes > options.maxBytes) throw new TransportError('answer_too_large', options.where)
    text += decode(decoder, value, options.where)
  }
}

/** React Native has no streams: there the platform has read the body already. */
async function readWhole(response: Response, { where, maxBytes }: ReadOptions): Promise<string> {
  const text = await response.text()
  if (text.length > maxBytes) throw new TransportError('answer_too_large', where)
  return text
}

/**
 * Reads a body as UTF-8.
 *
 * @throws TransportError `network`, `timeout`, `answer_too_large`, or `not_json` for bytes that are
 * not UTF-8; the reason of the caller's signal when that aborts
 */
export async function readText(response: Response, options: ReadOptions): Promise<string> {
  const reader = response.body?.getReader()
  if (reader === undefined) return readWhole(response, options)
  const cancel = (): void => {
    // A stream that has failed cannot be cancelled; its failure is reported by read().
    reader.cancel().catch(() => undefined)
  }
  options.giveUp.addEventListener('abort', cancel, { once: true })
  try {
    return await readAll(reader, options)
  } catch (error) {
    cancel()
    throw error
  }
}
