/** Serves a server over HTTP with Node. */
import { getRequestListener } from '@hono/node-server'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { RefusedRequest, ServerError } from './errors.ts'
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
}

/** A server that listens. */
export interface ListeningServer {
  /** The base URL, without a slash at the end. */
  readonly url: string
  /** Takes no more requests, lets running ones end, and closes every connection. */
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

function refuseTarget(outgoing: ServerResponse): void {
  const { status, errcode, message } = new RefusedRequest(
    [400, 'M_INVALID_PARAM'],
    'The path holds a dot segment or a backslash',
  )
  outgoing.writeHead(status, {
    'content-type': 'application/json',
    'access-control-allow-origin': '*',
    'cache-control': 'no-store',
    connection: 'close',
  })
  outgoing.end(JSON.stringify({ errcode, error: message }))
}

type Listener = (incoming: IncomingMessage, outgoing: ServerResponse) => void

function listenerOf(server: KeyBackupServer): Listener {
  const serve = getRequestListener((request) => server.fetch(request), {
    overrideGlobalObjects: false,
  })
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
    listenerOf(server),
  )
  closeAfterAnswer(http)
  await started(http, port, host)
  return { url: urlOf(http), close: () => stopped(http, closeGraceMs) }
}
