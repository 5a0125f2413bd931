/**
 * Requests over `node:http`, which sends a path as it is given: dot segments, invalid escapes and
 * backslashes reach the server. `fetch` would rewrite them.
 */
import { type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { ConformanceError } from './errors.ts'
import { baseOf } from './fetch-transport.ts'
import {
  MAX_ANSWER_BYTES,
  type Transport,
  type WireRequest,
  type WireResponse,
} from './transport.ts'

function headersOf({ rawHeaders }: IncomingMessage): (readonly [string, string])[] {
  return rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [[name, rawHeaders[i + 1] ?? '']] : []))
}

async function readAnswer(message: IncomingMessage): Promise<WireResponse> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of message as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > MAX_ANSWER_BYTES) throw new ConformanceError('network', 'The answer is too long')
    chunks.push(chunk)
  }
  const body = new Uint8Array(Buffer.concat(chunks))
  return { status: message.statusCode ?? 0, headers: headersOf(message), body }
}

/** Resolves once there is room for more, or once there is nobody left to write to. */
function drained(outgoing: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of ['drain', 'close', 'error', 'response']) outgoing.off(event, done)
      resolve()
    }
    for (const event of ['drain', 'close', 'error', 'response']) outgoing.once(event, done)
  })
}

/** Writes until the body ends or the server has answered. */
async function writePieces(
  outgoing: ClientRequest,
  pieces: AsyncIterable<Uint8Array>,
): Promise<void> {
  const progress = { answered: false }
  outgoing.once('response', () => (progress.answered = true))
  for await (const piece of pieces) {
    if (progress.answered || outgoing.destroyed) return
    if (!outgoing.write(piece)) await drained(outgoing)
    // A write to a connection that the server has closed would lose an answer that is there already.
    await nextTurn()
  }
  outgoing.end()
}

function flatHeaders(request: WireRequest, host: string): string[] {
  const { headers, body } = request
  const given = new Set(headers.map(([name]) => name.toLowerCase()))
  const framing: (readonly [string, string])[] = []
  if (body instanceof Uint8Array && !given.has('content-length'))
    framing.push(['content-length', String(body.length)])
  if (body !== undefined && !(body instanceof Uint8Array) && !given.has('content-length'))
    framing.push(['transfer-encoding', 'chunked'])
  return [['host', host] as const, ...headers, ...framing, ['connection', 'close'] as const].flat()
}

function write(outgoing: ClientRequest, { body }: WireRequest): void {
  if (body === undefined || body instanceof Uint8Array) outgoing.end(body)
  else
    writePieces(outgoing, body).catch((error: unknown) => {
      outgoing.destroy(error instanceof Error ? error : new Error('The body failed'))
    })
}

function exchange(base: URL, request: WireRequest, signal: AbortSignal): Promise<WireResponse> {
  const send = base.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const outgoing = send({
      protocol: base.protocol,
      hostname: base.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: base.port,
      path: base.pathname.replace(/\/+$/, '') + request.target,
      method: request.method,
      headers: flatHeaders(request, base.host),
      setDefaultHeaders: false,
      agent: false,
      signal,
    })
    const failed = (error: Error): void => {
      reject(error)
    }
    outgoing.on('error', failed)
    outgoing.on('response', (message) => {
      // A server that answers early may refuse the rest of the body; its answer is there all the same.
      outgoing.off('error', failed)
      outgoing.on('error', () => undefined)
      readAnswer(message)
        .then(resolve, reject)
        .finally(() => outgoing.destroy())
    })
    write(outgoing, request)
  })
}

/**
 * Sends over a connection of its own for each request, and changes nothing of it.
 *
 * @throws TypeError when `baseUrl` is not an HTTP URL
 */
export function httpTransport(baseUrl: string): Transport {
  const base = new URL(baseOf(baseUrl))
  return { verbatim: true, send: (request, { signal }) => exchange(base, request, signal) }
}
