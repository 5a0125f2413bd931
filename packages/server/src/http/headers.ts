/**
 * Headers of every answer: any origin may ask, without cookies; nobody may keep the answer; and a
 * browser that is led here shows and runs nothing of it.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#web-browser-clients
 */
import type { MiddlewareHandler } from 'hono'

/** Names in lower case, and values. */
export const COMMON_HEADERS: readonly (readonly [string, string])[] = [
  ['access-control-allow-origin', '*'],
  ['access-control-allow-methods', 'GET, HEAD, POST, PUT, DELETE, OPTIONS'],
  ['access-control-allow-headers', 'X-Requested-With, Content-Type, Authorization'],
  ['access-control-expose-headers', 'Retry-After'],
  ['cache-control', 'no-store'],
  ['content-security-policy', "sandbox; default-src 'none'; frame-ancestors 'none'"],
  ['cross-origin-resource-policy', 'cross-origin'],
  ['referrer-policy', 'no-referrer'],
  ['x-content-type-options', 'nosniff'],
]

/** Sets the headers on every answer, refusals included. */
export const commonHeaders: MiddlewareHandler = async (context, next) => {
  await next()
  for (const [name, value] of COMMON_HEADERS) context.res.headers.set(name, value)
}
