/** What a handler is given. */
import { idProblem } from '@roomkeys/types'
import { RefusedRequest } from '../errors.ts'
import type { Limits } from '../limits.ts'
import type { SqlStore } from '../store.ts'

/** What the whole server shares. */
export interface Services {
  readonly store: SqlStore
  readonly serverName: string
  readonly limits: Limits
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly randomBytes: (length: number) => Uint8Array
  /** Told of every failure that a client sees as a 500 or as an answer cut short. */
  readonly onError: (error: unknown) => void
}

/** One request, after routing. */
export interface RequestContext {
  readonly request: Request
  /** Path parameters by name, percent-decoded once. */
  readonly params: ReadonlyMap<string, string>
  readonly query: URLSearchParams
  readonly services: Services
}

/** Who a request acts for. */
export interface Session {
  readonly userId: string
  readonly deviceId: string
  readonly tokenHash: string
}

/** One request with an access token. */
export interface UserContext extends RequestContext {
  readonly session: Session
}

/** Answers a request. */
export type Handler = (context: RequestContext) => Promise<Response>

/** Answers a request that has an access token. */
export type UserHandler = (context: UserContext) => Promise<Response>

/** A path parameter as it came. */
export function pathParam({ params }: RequestContext, name: string): string {
  const value = params.get(name)
  if (value === undefined) throw new TypeError(`The route has no parameter ${name}`)
  return value
}

/**
 * Refuses an identifier that cannot be stored or addressed.
 *
 * @throws RefusedRequest 400 `M_INVALID_PARAM`
 */
export function requireUsableId(id: string, { idBytes }: Limits): string {
  const tooLong = id.length > idBytes || new TextEncoder().encode(id).length > idBytes
  const problem = tooLong ? 'too_long' : idProblem(id)
  if (problem === null) return id
  throw new RefusedRequest([400, 'M_INVALID_PARAM'], `Unusable identifier: ${problem}`)
}

/** A path parameter that is an identifier. */
export function idParam(context: RequestContext, name: string): string {
  return requireUsableId(pathParam(context, name), context.services.limits)
}
