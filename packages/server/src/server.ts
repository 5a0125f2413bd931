/**
 * The server: a pure `Request` to `Response` handler, and the little that outlives a request.
 *
 * Hono carries the headers and the error answers; its router is not used, because a path has to be
 * split before it is decoded (see `http/routing.ts`).
 */
import { Hono } from 'hono'
import { RefusedRequest, ServerError } from './errors.ts'
import { internalError, refusal, unavailable } from './http/answers.ts'
import type { ClientInfo } from './http/client-address.ts'
import type { Services } from './http/context.ts'
import { commonHeaders } from './http/headers.ts'
import { matchRoute, rawPath, type RouteTable, routeTable } from './http/routing.ts'
import { healthRoutes } from './operations/health.ts'
import { ROUTES } from './routes.ts'
import { type ServerOptions, servicesOf } from './services.ts'

/** Whatever answers requests; any runtime that has `Request` and `Response` can serve it. */
export interface KeyBackupServer {
  readonly fetch: (request: Request, client?: ClientInfo) => Promise<Response>
  /** Takes up what an earlier run left undone: the keys of deleted versions. */
  readonly start?: () => void
  /** Lets no request wait any longer for something to happen. */
  readonly endWaits?: () => void
  /** Ends what outlives requests, to be taken up again at the next start. */
  readonly stop?: () => Promise<void>
}

/** A server over a database. */
export interface RunningServer extends Required<KeyBackupServer> {
  /** Resolves once nothing outlives its request any more. */
  readonly settled: () => Promise<void>
}

/** What is known of a request beside itself, and what becomes known on the way. */
interface Visit {
  readonly client: ClientInfo
  route: string
}

interface Environment {
  Bindings: Visit
}

/** The label of requests that no route matches. */
const NO_ROUTE = 'none'
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'])

/** `HEAD` has no body; letting go of it ends the transaction that would write it. */
async function withoutBody(response: Response): Promise<Response> {
  await response.body?.cancel()
  return new Response(null, response)
}

function answerFailure(services: Services, error: unknown): Response {
  if (error instanceof RefusedRequest) return refusal(error)
  services.onError(error)
  const passes = error instanceof ServerError && error.code === 'store_unavailable'
  return passes ? unavailable() : internalError()
}

function createApp(services: Services, table: RouteTable): Hono<Environment> {
  const app = new Hono<Environment>()
  app.use(commonHeaders)
  app.options('*', (context) => context.body(null, 204))
  app.all('*', async ({ req: { raw: request }, env: visit }) => {
    const { template, handle, params } = matchRoute(table, request.method, rawPath(request.url))
    visit.route = template
    const query = new URL(request.url).searchParams
    const response = await handle({ request, params, query, client: visit.client, services })
    return request.method === 'HEAD' ? withoutBody(response) : response
  })
  app.onError((error) => answerFailure(services, error))
  return app
}

/** Creates a server over a database. */
export function createServer(options: ServerOptions): RunningServer {
  const services = servicesOf(options)
  const app = createApp(services, routeTable([...healthRoutes(), ...ROUTES]))
  const { purges, wakeUps, now, emit } = services
  return {
    fetch: async (request, client = {}) => {
      const [visit, began]: [Visit, number] = [{ client, route: NO_ROUTE }, now()]
      const response = await app.fetch(request, visit)
      const method = METHODS.has(request.method) ? request.method : 'OTHER'
      const { status } = response
      emit({ type: 'request', method, route: visit.route, status, milliseconds: now() - began })
      return response
    },
    start: purges.ofEverybody,
    endWaits: wakeUps.endWaits,
    stop: purges.stop,
    settled: purges.settled,
  }
}
