/** Serves a server over HTTP with Node. */
import { getRequestListener } from '@hono/node-server'
import { createServer, IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { RefusedRequest, ServerError } from './errors.ts'
import { addressKey, type ClientInfo } from './http/client-address.ts'
import { COMMON_HEADERS } from './http/headers.ts'
import type { KeyBackupServer } from './server.ts'

/** Where and how to listen. */
export interface ListenOptions {
  /** 0, the default, lets the system choose. */
  readonly port?: number
  /** This machine alone, unless another address is given. */
  readonly host?: string
  /** How long a client may take to send a request, in milliseconds. */
  readonly requestTimeoutMs?: number
  /** How long `close` waits for answers in progress, in milliseconds. */
  readonly closeGraceMs?: number
  /**
   * A header, such as `x-forwarded-for`, in which a proxy in front puts the address of the client,
   * last if there are several. Without one, rates are counted by the address of the connection.
   */
  readonly addressHeader?: string
}

/** A server that listens. */
export interface ListeningServer {
  /** The base URL, without a slash at the end. */
  readonly url: string
  /**
   * Takes no more connections, lets running requests end until the grace is over, cuts the others
   * off, and then stops the server.
   */
  close(): Promise<void>
}

const REQUEST_TIMEOUT_MS = 60_000
const CLOSE_GRACE_MS = 5_000
/** Node looks for late requests this often, unless they are late sooner. */
const TIMEOUT_CHECK_MS = 5_000

const DOT_SEGMENT = /^(?:\.|%2e){1,2}$/i

/**
 * Whether a URL parser would read another path out of the target than the one that was sent: dot
 * segments vanish, and a backslash becomes a slash.
 */
function isRewritten(target: string): boolean {
  const path = target.split(/[?#]/, 1)[0] ?? ''
  return path.includes('\\') || path.split('/').some((segment) => DOT_SEGMENT.test(segment))
}

const BARE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'application/json',
  ...Object.fromEntries(COMMON_HEADERS),
}

function refuseTarget(outgoing: ServerResponse): void {
  const { status, errcode, message } = new RefusedRequest(
    [400, 'M_INVALID_PARAM'],
    'The path holds a dot segment or a backslash',
  )
  outgoing.writeHead(status, { ...BARE_HEADERS, connection: 'close' })
  outgoing.end(JSON.stringify({ errcode, error: message }))
}

const TOO_LARGE = 413
const UNREADABLE = 'The request is not readable'

/** What Node found wrong before there was a request, by its error's code. */
const PROTOCOL_ERRORS: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
}

/** Answers what is no HTTP, or does not arrive in time, and hangs up. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const body = JSON.stringify({ errcode: 'M_UNKNOWN', error: UNREADABLE })
  const headers = { ...BARE_HEADERS, 'content-length': body.length, connection: 'close' }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const status = PROTOCOL_ERRORS[error.code ?? ''] ?? '400 Bad Request'
  socket.end([`HTTP/1.1 ${status}`, ...lines, '', body].join('\r\n'))
}

function clientOf(incoming: IncomingMessage, addressHeader: string | undefined): ClientInfo {
  const header = addressHeader === undefined ? undefined : incoming.headers[addressHeader]
  const forwarded = String(header ?? '')
    .split(',')
    .at(-1)
    ?.trim()
  const address = forwarded === '' ? incoming.socket.remoteAddress : forwarded
  return address === undefined ? {} : { address: addressKey(address) }
}

type Listener = (incoming: IncomingMessage, outgoing: ServerResponse) => void

/**
 * An answer that breaks off ends its connection without the mark that would make it look whole. The
 * server has told of it already; the adapter would print it.
 */
function cutOffAtFailure(response: Response, outgoing: { destroy: () => unknown }): Response {
  const reader = response.body?.getReader()
  if (reader === undefined) return response
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    try {
      const { done, value } = await reader.read()
      if (done) controller.close()
      else controller.enqueue(value)
    } catch {
      outgoing.destroy()
      controller.close()
    }
  }
  const cancel = (reason: unknown): Promise<void> => reader.cancel(reason)
  return new Response(new ReadableStream({ pull, cancel }, { highWaterMark: 0 }), response)
}

/** The adapter cannot make a request of it, as without a usable `Host`. */
function refuseRequest(): Response {
  return new Response(JSON.stringify({ errcode: 'M_UNKNOWN', error: UNREADABLE }), {
    status: 400,
    headers: BARE_HEADERS,
  })
}

/** How long a client may go on sending what was refused before it is cut off. */
const LINGER_MS = 2_000

/** Resolves when the client has sent all of its request, or has had its time for it. */
function untilSent(incoming: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(settle, LINGER_MS)
    function settle(): void {
      clearTimeout(timer)
      resolve()
    }
    for (const event of ['end', 'error', 'close']) incoming.once(event, settle)
    // Whoever read the body has given up, and would hold back what comes.
    incoming.removeAllListeners('readable').removeAllListeners('data').resume()
  })
}

/**
 * An answer to a body that is not read. Its connection carries no other request; but whoever still sends
 * when a connection is closed does not get to read the answer, so it is closed a little later.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-9.6
 */
async function lingering(response: Response, incoming: IncomingMessage): Promise<Response> {
  const body = new Uint8Array(await response.arrayBuffer())
  const headers = new Headers(response.headers)
  headers.set('connection', 'close')
  headers.set('content-length', String(body.length))
  const start = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    controller.enqueue(body)
  }
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    await untilSent(incoming)
    controller.close()
  }
  return new Response(new ReadableStream({ start, pull }), { status: response.status, headers })
}

function listenerOf(server: KeyBackupServer, addressHeader: string | undefined): Listener {
  const serve = getRequestListener(
    async (request, { incoming, outgoing }) => {
      const isHttp1 = incoming instanceof IncomingMessage
      const response = await server.fetch(request, isHttp1 ? clientOf(incoming, addressHeader) : {})
      if (response.status === TOO_LARGE && isHttp1) return lingering(response, incoming)
      return cutOffAtFailure(response, outgoing)
    },
    { overrideGlobalObjects: false, errorHandler: refuseRequest },
  )
  return (incoming, outgoing) => {
    if (isRewritten(incoming.url ?? '')) refuseTarget(outgoing)
    else void serve(incoming, outgoing)
  }
}

function listenError(error: Error): ServerError {
  return 'code' in error && error.code === 'EADDRINUSE'
    ? new ServerError('port_in_use', 'The port is in use', { cause: error })
    : new ServerError('listen_failed', 'The server cannot listen there', { cause: error })
}

function started(http: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      reject(listenError(error))
    }
    http.once('error', failed)
    http.listen(port, host, () => {
      http.off('error', failed)
      resolve()
    })
  })
}

function urlOf(http: Server): string {
  const address = http.address()
  if (address === null || typeof address === 'string')
    throw new ServerError('listen_failed', 'The server has no TCP address')
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `http://${host}:${address.port}`
}

/** A connection whose answer ends after `close` was called would otherwise wait for a request. */
function closeAfterAnswer(http: Server): void {
  http.prependListener('request', (_, outgoing: ServerResponse) => {
    outgoing.once('close', () => {
      if (!http.listening) http.closeIdleConnections()
    })
  })
}

/** Connections that wait for another request end now, and the others after their answer. */
function stopped(http: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cutOff = setTimeout(() => {
      http.closeAllConnections()
    }, graceMs)
    http.close(() => {
      clearTimeout(cutOff)
      resolve()
    })
    http.closeIdleConnections()
  })
}

/**
 * Serves over HTTP.
 *
 * @throws ServerError `port_in_use` or `listen_failed`
 */
export async function listen(
  server: KeyBackupServer,
  options: ListenOptions = {},
): Promise<ListeningServer> {
  const { port = 0, host = '127.0.0.1' } = options
  const { requestTimeoutMs = REQUEST_TIMEOUT_MS, closeGraceMs = CLOSE_GRACE_MS } = options
  const http = createServer(
    {
      requestTimeout: requestTimeoutMs,
      headersTimeout: requestTimeoutMs,
      connectionsCheckingInterval: Math.min(TIMEOUT_CHECK_MS, requestTimeoutMs),
    },
    listenerOf(server, options.addressHeader?.toLowerCase()),
  )
  closeAfterAnswer(http)
  http.on('clientError', refuseConnection)
  await started(http, port, host)
  server.start?.()
  const close = async (): Promise<void> => {
    server.endWaits?.()
    await stopped(http, closeGraceMs)
    await server.stop?.()
  }
  return { url: urlOf(http), close }
}
