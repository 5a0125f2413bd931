/**
 * Headers of every answer: any origin may ask, without cookies, and nobody may keep the answer.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#web-browser-clients
 */
import type { MiddlewareHandler } from 'hono'

const COMMON_HEADERS: readonly (readonly [string, string])[] = [
  ['access-control-allow-origin', '*'],
  ['access-control-allow-methods', 'GET, HEAD, POST, PUT, DELETE, OPTIONS'],
  ['access-control-allow-headers', 'X-Requested-With, Content-Type, Authorization'],
  ['cache-control', 'no-store'],
]

/** Sets the headers on every answer, refusals included. */
export const commonHeaders: MiddlewareHandler = async (context, next) => {
  await next()
  for (const [name, value] of COMMON_HEADERS) context.res.headers.set(name, value)
}
