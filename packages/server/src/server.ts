/**
 * The server: a pure `Request` to `Response` handler.
 *
 * Hono carries the headers and the error answers; its router is not used, because a path has to be
 * split before it is decoded (see `http/routing.ts`).
 */
import { randomBytes as platformRandomBytes } from '@roomkeys/crypto/bytes'
import { Hono } from 'hono'
import { RefusedRequest } from './errors.ts'
import { internalError, refusal } from './http/answers.ts'
import type { Services } from './http/context.ts'
import { commonHeaders } from './http/headers.ts'
import { matchRoute, rawPath } from './http/routing.ts'
import { DEFAULT_LIMITS, type Limits } from './limits.ts'
import { ROUTES } from './routes.ts'
import type { SqlStore } from './store.ts'

/** What a server is made of. */
export interface ServerOptions {
  /** A database, brought to the newest schema by `migrate`. */
  readonly store: SqlStore
  /** The part of user ids after the colon, e.g. `example.org`. */
  readonly serverName: string
  readonly limits?: Partial<Limits>
  /** Milliseconds since the epoch. */
  readonly now?: () => number
  /** Source of access tokens and device ids; the platform's generator unless given. */
  readonly randomBytes?: (length: number) => Uint8Array
  /**
   * Told of every failure that a client sees as a 500 or as an answer cut short. Nothing else tells
   * of them.
   */
  readonly onError?: (error: unknown) => void
}

/** A server; any runtime that has `Request` and `Response` can serve it. */
export interface KeyBackupServer {
  readonly fetch: (request: Request) => Promise<Response>
}

async function dispatch(request: Request, services: Services): Promise<Response> {
  const path = rawPath(request.url)
  const { handle, params } = matchRoute(ROUTES, request.method, path)
  const query = new URL(request.url).searchParams
  return handle({ request, params, query, services })
}

/** `HEAD` has no body; letting go of it ends the transaction that would write it. */
async function withoutBody(response: Response): Promise<Response> {
  await response.body?.cancel()
  return new Response(null, response)
}

function servicesOf({ limits, ...options }: ServerOptions): Services {
  return {
    now: Date.now,
    randomBytes: platformRandomBytes,
    onError: () => undefined,
    ...options,
    limits: { ...DEFAULT_LIMITS, ...limits },
  }
}

/** Creates a server over a database. */
export function createServer(options: ServerOptions): KeyBackupServer {
  const services = servicesOf(options)
  const app = new Hono()
  app.use(commonHeaders)
  app.options('*', (context) => context.body(null, 204))
  app.all('*', async ({ req: { raw } }) => {
    const response = await dispatch(raw, services)
    return raw.method === 'HEAD' ? withoutBody(response) : response
  })
  app.onError((error) => {
    if (error instanceof RefusedRequest) return refusal(error)
    services.onError(error)
    return internalError()
  })
  return { fetch: async (request) => app.fetch(request) }
}
