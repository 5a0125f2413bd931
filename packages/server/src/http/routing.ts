/**
 * Routing on the raw path.
 *
 * Session ids are base64, so they hold `/`, and a room or session id may hold anything. The path is
 * therefore split before it is decoded, and each segment is decoded once. A trailing slash is another,
 * unknown path: a URL parser turns `/keys/!room/..` into `/keys/`, which must not delete everything.
 */
import { RefusedRequest } from '../errors.ts'
import type { Handler } from './context.ts'

/** An endpoint. A segment `:name` of its path stands for any segment that is not empty. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly handle: Handler
}

/** An endpoint that a request asks for. */
export interface MatchedRoute {
  /** The route's own path, with the names of its parameters. */
  readonly template: string
  readonly handle: Handler
  readonly params: ReadonlyMap<string, string>
}

/** The path of a URL as it was written, undecoded. */
export function rawPath(url: string): string {
  const start = url.indexOf('/', url.indexOf('://') + 3)
  return start === -1 ? '/' : (url.slice(start).split(/[?#]/, 1)[0] ?? '/')
}

/** Routes with their paths split, to be matched by many requests. */
export type RouteTable = readonly (readonly [pattern: readonly string[], route: Route])[]

/** Splits the paths of routes. */
export function routeTable(routes: readonly Route[]): RouteTable {
  return routes.map((route) => [route.path.split('/'), route] as const)
}

function fits(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((part, i) => (part.startsWith(':') ? segments[i] !== '' : part === segments[i]))
  )
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new RefusedRequest([400, 'M_INVALID_PARAM'], 'The path holds an invalid percent escape')
  }
}

function paramsOf(
  pattern: readonly string[],
  segments: readonly string[],
): ReadonlyMap<string, string> {
  return new Map(
    pattern.flatMap((part, i) =>
      part.startsWith(':') ? [[part.slice(1), decodeSegment(segments[i] ?? '')]] : [],
    ),
  )
}

function refuseUnknownPath(): never {
  throw new RefusedRequest([404, 'M_UNRECOGNIZED'], 'Unrecognized request')
}

function refuseMethod(allowed: RouteTable): never {
  throw new RefusedRequest([405, 'M_UNRECOGNIZED'], 'Method not allowed', {
    headers: { allow: allowed.map(([, { method }]) => method).join(', ') },
  })
}

/**
 * Finds the endpoint of a request. `HEAD` is answered as `GET`.
 *
 * @throws RefusedRequest 404 or 405 `M_UNRECOGNIZED`; 400 for an invalid percent escape
 */
export function matchRoute(table: RouteTable, method: string, path: string): MatchedRoute {
  const segments = path.split('/')
  const here = table.filter(([pattern]) => fits(pattern, segments))
  if (here.length === 0) refuseUnknownPath()
  const wanted = method === 'HEAD' ? 'GET' : method
  const [pattern, route] = here.find(([, it]) => it.method === wanted) ?? refuseMethod(here)
  return { template: route.path, handle: route.handle, params: paramsOf(pattern, segments) }
}
