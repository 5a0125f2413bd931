/**
 * The negative cache: what was asked for in vain, and when it may be asked for again.
 *
 * A miss holds until `retryAt`, and its count of attempts as long again as the longest back-off, so
 * that a session that stays missing is asked for ever more rarely. Then it is forgotten. All of it goes
 * by the time that is passed in at each question.
 */
import type { MissReason } from './outcome.ts'

/** Misses that are remembered: about 2 MB. */
export const MAX_MISSES = 10_000
/** The back-off after the first miss; it doubles with each. */
export const FIRST_MISS_BACK_OFF_MS = 60_000
export const MAX_MISS_BACK_OFF_MS = 86_400_000
/** The share of a back-off that is random, so that not all is asked for again at one time. */
export const MISS_JITTER = 0.25

/** A moment, with a random number from 0 up to 1 that goes with it. */
export interface Moment {
  readonly now: number
  readonly jitter: number
}

/** What was learned. */
export interface Missing {
  readonly because: MissReason
  /** Where the backup's copy begins, if that is what is wrong with it. */
  readonly from: number | null
}

/** A miss. */
export interface Miss extends Missing {
  /** Misses in a row. */
  readonly attempts: number
  readonly retryAt: number
  readonly forgetAt: number
}

type Bucket = ReadonlyMap<string, Miss>

/** Misses by address, spread over buckets: one that is noted costs the copy of one bucket. */
export type Misses = readonly Bucket[]

const BUCKETS = 128

/** No misses. */
export const NO_MISSES: Misses = Array.from({ length: BUCKETS }, () => new Map<string, Miss>())

/** The number of an address's bucket. */
function bucketOf(key: string): number {
  let hash = 0
  for (let position = 0; position < key.length; position += 1)
    hash = (Math.imul(hash, 31) + key.charCodeAt(position)) >>> 0
  return hash % BUCKETS
}

/** How many are remembered. */
export function countMisses(misses: Misses): number {
  return misses.reduce((sum, { size }) => sum + size, 0)
}

/** The miss of an address, whether it holds or not. */
export function missOf(misses: Misses, key: string): Miss | undefined {
  return misses[bucketOf(key)]?.get(key)
}

/** How long a session is left alone after so many misses in a row. */
export function missBackOffMs(attempts: number, jitter: number): number {
  const doublings = Math.min(attempts - 1, 30)
  const longest = Math.min(MAX_MISS_BACK_OFF_MS, FIRST_MISS_BACK_OFF_MS * 2 ** doublings)
  return longest * (1 - MISS_JITTER * jitter)
}

/** The miss of an address that holds now, or `null`. */
export function holdingMiss(misses: Misses, key: string, now: number): Miss | null {
  const miss = missOf(misses, key)
  return miss !== undefined && now < miss.retryAt ? miss : null
}

function without(bucket: Bucket, isToGo: (miss: Miss, key: string) => boolean): Bucket {
  return new Map([...bucket].filter(([key, miss]) => !isToGo(miss, key)))
}

/** The misses without that of an address. */
export function forgetMiss(misses: Misses, key: string): Misses {
  if (missOf(misses, key) === undefined) return misses
  const number = bucketOf(key)
  return misses.map((bucket, position) =>
    position === number ? without(bucket, (_, one) => one === key) : bucket,
  )
}

/** The address that is next to be asked for again; what is forgotten was so long ago. */
function nextOf(misses: Misses): string | null {
  let next: { readonly key: string; readonly retryAt: number } | null = null
  for (const bucket of misses)
    for (const [key, { retryAt }] of bucket)
      if (next === null || retryAt < next.retryAt) next = { key, retryAt }
  return next?.key ?? null
}

/** The misses with room for one more. */
function withRoom(misses: Misses, limit: number): Misses {
  const next = countMisses(misses) < limit ? null : nextOf(misses)
  return next === null ? misses : forgetMiss(misses, next)
}

/** What {@link noteMiss} notes, and how many misses are kept. */
export interface NewMiss extends Missing {
  readonly key: string
  readonly limit: number
}

/** The misses with one more, never more than the limit. */
export function noteMiss(misses: Misses, { key, limit, ...missing }: NewMiss, at: Moment): Misses {
  const before = missOf(misses, key)
  const attempts = before === undefined || before.forgetAt <= at.now ? 1 : before.attempts + 1
  const retryAt = at.now + missBackOffMs(attempts, at.jitter)
  const miss = { ...missing, attempts, retryAt, forgetAt: retryAt + MAX_MISS_BACK_OFF_MS }
  const number = bucketOf(key)
  return withRoom(forgetMiss(misses, key), limit).map((bucket, position) =>
    position === number
      ? new Map(without(bucket, ({ forgetAt }) => forgetAt <= at.now)).set(key, miss)
      : bucket,
  )
}
