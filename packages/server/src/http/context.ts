/** What a handler is given. */
import { idProblem } from '@roomkeys/types'
import { RefusedRequest } from '../errors.ts'
import type { Limits } from '../limits.ts'
import type { ServerEvent } from '../operations/events.ts'
import type { RateLimiter } from '../operations/rate-limits.ts'
import type { Purges } from '../room-keys/purge.ts'
import type { Slots } from '../slots.ts'
import type { SqlStore } from '../store.ts'
import type { WakeUps } from '../sync/wake-ups.ts'
import type { ClientInfo } from './client-address.ts'

/** Whether anyone may create a user over HTTP. */
export type Registration = 'open' | 'closed'

/** What the whole server shares. */
export interface Services {
  readonly store: SqlStore
  readonly serverName: string
  readonly limits: Limits
  readonly registration: Registration
  /** Tells those who wait in `/sync` of a change. */
  readonly wakeUps: WakeUps
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly randomBytes: (length: number) => Uint8Array
  /** Told of every failure that a client sees as a 500 or as an answer cut short. */
  readonly onError: (error: unknown) => void
  /** Tells the log and the metrics. */
  readonly emit: (event: ServerEvent) => void
  readonly rateLimiter: RateLimiter
  /** Downloads that are not read to their end yet. */
  readonly downloads: Slots
  readonly purges: Purges
  /** Where a client reads about the quota that it hit. */
  readonly quotaInfoUri: string
}

/** One request, after routing. */
export interface RequestContext {
  readonly request: Request
  /** Path parameters by name, percent-decoded once. */
  readonly params: ReadonlyMap<string, string>
  readonly query: URLSearchParams
  readonly client: ClientInfo
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
  // A character takes at least one byte and at most three for each UTF-16 unit.
  const tooLong =
    id.length > idBytes ||
    (id.length * 3 > idBytes && new TextEncoder().encode(id).length > idBytes)
  const problem = tooLong ? 'too_long' : idProblem(id)
  if (problem === null) return id
  throw new RefusedRequest([400, 'M_INVALID_PARAM'], `Unusable identifier: ${problem}`)
}

/** A path parameter that is an identifier. */
export function idParam(context: RequestContext, name: string): string {
  return requireUsableId(pathParam(context, name), context.services.limits)
}
