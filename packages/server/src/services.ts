/** What the whole server shares, made of the options that it was created with. */
import { randomBytes as platformRandomBytes } from '@roomkeys/crypto/bytes'
import { ServerError } from './errors.ts'
import type { Registration, Services } from './http/context.ts'
import { DEFAULT_LIMITS, type Limits } from './limits.ts'
import type { ServerEvent } from './operations/events.ts'
import type { Metrics } from './operations/metrics.ts'
import {
  createRateLimiter,
  DEFAULT_RATE_LIMITS,
  NO_RATE_LIMITS,
  type RateLimits,
} from './operations/rate-limits.ts'
import { createPurges } from './room-keys/purge.ts'
import { createSlots } from './slots.ts'
import type { SqlStore } from './store.ts'
import { createWakeUps } from './sync/wake-ups.ts'

/** What a server is made of. */
export interface ServerOptions {
  /** A database, brought to the newest schema by `migrate`. */
  readonly store: SqlStore
  /** The part of user ids after the colon, e.g. `example.org`. */
  readonly serverName: string
  readonly limits?: Partial<Limits>
  /** `open` lets anyone create users over HTTP, as tests need it; `closed` unless given. */
  readonly registration?: Registration
  /** How often dangerous things may be done; `off` for tests, or where something in front does it. */
  readonly rateLimits?: Partial<RateLimits> | 'off'
  /** Where a client reads about the quota that it hit (`M_USER_LIMIT_EXCEEDED`). */
  readonly quotaInfoUri?: string
  /** Milliseconds since the epoch. */
  readonly now?: () => number
  /** Source of access tokens and device ids; the platform's generator unless given. */
  readonly randomBytes?: (length: number) => Uint8Array
  /** Told of every request and change; see `ServerEvent` for what events hold and what never. */
  readonly log?: (event: ServerEvent) => void
  /** Made by `createMetrics`. */
  readonly metrics?: Metrics
  /**
   * Told of every failure that a client sees as a 500, a 503 or an answer cut short, and of every
   * failure behind its back. Nothing else tells of them.
   */
  readonly onError?: (error: unknown) => void
}

const QUOTA_INFO = 'https://github.com/roomkeys/roomkeys/tree/main/packages/server#limits'

function limitsOf({ limits }: ServerOptions): Limits {
  return { ...DEFAULT_LIMITS, ...limits }
}

type Emit = Services['emit']

function emitOf({ log, metrics }: ServerOptions): Emit {
  return (event) => {
    metrics?.record(event)
    log?.(event)
  }
}

function failureOf({ onError }: ServerOptions, emit: Emit): Services['onError'] {
  return (error) => {
    emit({ type: 'failure', code: error instanceof ServerError ? error.code : 'unexpected' })
    onError?.(error)
  }
}

function limiterOf(
  { rateLimits = {} }: ServerOptions,
  now: () => number,
  emit: Emit,
): Services['rateLimiter'] {
  return rateLimits === 'off'
    ? NO_RATE_LIMITS
    : createRateLimiter({ rates: { ...DEFAULT_RATE_LIMITS, ...rateLimits }, now, emit })
}

/** Makes what a server shares. */
export function servicesOf(options: ServerOptions): Services {
  const { store, serverName, registration = 'closed', quotaInfoUri = QUOTA_INFO } = options
  const { now = Date.now, randomBytes = platformRandomBytes } = options
  const limits = limitsOf(options)
  const emit = emitOf(options)
  const onError = failureOf(options, emit)
  const { downloads: total, downloadsPerUser: perKey, downloadWaitMs: waitMs } = limits
  return {
    ...{ store, serverName, limits, registration, quotaInfoUri },
    ...{ now, randomBytes, emit, onError },
    rateLimiter: limiterOf(options, now, emit),
    downloads: createSlots({ total, perKey, waitMs }),
    purges: createPurges({ store, now, emit, onError }),
    wakeUps: createWakeUps({ store, pollMs: limits.syncPollMs, onError }),
  }
}
