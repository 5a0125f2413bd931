/**
 * How often dangerous things may be done: guessing passwords, and replacing or deleting backups.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#rate-limiting
 */
import { idProblem } from '@roomkeys/types'
import { RefusedRequest } from '../errors.ts'
import type { ClientInfo } from '../http/client-address.ts'
import type { ServerEvent } from './events.ts'
import { type Buckets, createBuckets, type Rate } from './token-buckets.ts'

/** The rates of a server. */
export interface RateLimits {
  /** Wrong passwords for one account, from wherever they come. */
  readonly wrongPasswordsPerUser: Rate
  /** Sign-ins from one address, failed or not; for IPv6, from one /64. */
  readonly loginsPerAddress: Rate
  /** Creating a version, deleting one, and deleting all keys of one, by one user. */
  readonly backupChangesPerUser: Rate
}

/** The rates that hold unless others are given. */
export const DEFAULT_RATE_LIMITS: RateLimits = Object.freeze({
  wrongPasswordsPerUser: { burst: 10, perMinute: 2 },
  loginsPerAddress: { burst: 100, perMinute: 60 },
  backupChangesPerUser: { burst: 50, perMinute: 10 },
})

/** Refuses what comes too often. */
export interface RateLimiter {
  /**
   * Counts a sign-in by where it comes from.
   *
   * @throws RefusedRequest 429 `M_LIMIT_EXCEEDED`
   */
  readonly countSignIn: (client: ClientInfo) => void
  /**
   * Counts a password before it is looked at.
   *
   * @throws RefusedRequest 429 `M_LIMIT_EXCEEDED`
   */
  readonly countPassword: (userId: string) => void
  /** The password was right, and does not count. */
  readonly forgetPassword: (userId: string) => void
  /**
   * Counts a change.
   *
   * @throws RefusedRequest 429 `M_LIMIT_EXCEEDED`
   */
  readonly countBackupChange: (userId: string) => void
}

/** What a limiter needs from outside. */
export interface RateLimiterOptions {
  readonly rates: RateLimits
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly emit: (event: ServerEvent) => void
}

const MAX_KEYS = 50_000

/** `retry_after_ms` is deprecated, and clients still read it. */
export function tooManyRequests(retryAfterMs: number): RefusedRequest {
  return new RefusedRequest([429, 'M_LIMIT_EXCEEDED'], 'Too many requests', {
    body: { retry_after_ms: retryAfterMs },
    headers: { 'retry-after': String(Math.ceil(retryAfterMs / 1000)) },
  })
}

/** Names that no user can have share a bucket, or long ones would fill the memory. */
function accountKey(userId: string): string {
  return idProblem(userId) === null ? userId : ''
}

/** Creates a limiter. */
export function createRateLimiter({ rates, now, emit }: RateLimiterOptions): RateLimiter {
  const buckets = (limit: keyof RateLimits): Buckets =>
    createBuckets({ rate: rates[limit], now, maxKeys: MAX_KEYS })
  const byLimit: Readonly<Record<keyof RateLimits, Buckets>> = {
    wrongPasswordsPerUser: buckets('wrongPasswordsPerUser'),
    loginsPerAddress: buckets('loginsPerAddress'),
    backupChangesPerUser: buckets('backupChangesPerUser'),
  }
  const take = (limit: keyof RateLimits, key: string): void => {
    const retryAfterMs = byLimit[limit].take(key)
    if (retryAfterMs === 0) return
    emit({ type: 'rate_limited', limit })
    throw tooManyRequests(retryAfterMs)
  }
  return {
    countSignIn: ({ address }) => {
      if (address !== undefined) take('loginsPerAddress', address)
    },
    countPassword: (userId) => {
      take('wrongPasswordsPerUser', accountKey(userId))
    },
    forgetPassword: (userId) => {
      byLimit.wrongPasswordsPerUser.giveBack(accountKey(userId))
    },
    countBackupChange: (userId) => {
      take('backupChangesPerUser', userId)
    },
  }
}

const nothing = (): void => undefined

/** Refuses nothing. */
export const NO_RATE_LIMITS: RateLimiter = Object.freeze({
  countSignIn: nothing,
  countPassword: nothing,
  forgetPassword: nothing,
  countBackupChange: nothing,
})
