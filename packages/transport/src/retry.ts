/**
 * When a failed request is sent again, and after how long.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#rate-limiting
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
import { isTransportError } from './errors.ts'

/** The longest pause that is waited out; a server that asks for more gets no second request. */
export const MAX_RETRY_AFTER_MS = 60_000

/** Retries of a request that may be repeated, when the options do not say otherwise. */
export const DEFAULT_MAX_RETRIES = 3

const FIRST_DELAY_MS = 500
const LONGEST_DELAY_MS = 16_000

/** The server in front is up, the one behind is not, or not yet. */
const TEMPORARY_STATUSES: ReadonlySet<number> = new Set([502, 503, 504])

const SECONDS = /^\d+$/
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/

/** Exponential back-off with a cap; the random half keeps many clients from coming back at once. */
export function defaultRetryDelay(attempt: number): number {
  const full = Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), LONGEST_DELAY_MS)
  return full * (0.5 + Math.random() / 2)
}

/**
 * Reads a `Retry-After` header: seconds or an HTTP date.
 *
 * @param now - milliseconds since the epoch
 * @returns milliseconds from now on, or `null` for anything else
 */
export function parseRetryAfter(header: string | null, now: number): number | null {
  if (header === null) return null
  if (SECONDS.test(header)) return Math.min(Number(header) * 1000, Number.MAX_SAFE_INTEGER)
  const date = HTTP_DATE.test(header) ? Date.parse(header) : NaN
  return Number.isNaN(date) ? null : Math.max(0, date - now)
}

/**
 * How long to wait before the same request is sent again, or `null` when it is not.
 *
 * @param attempt - number of the retry, from 1
 */
export function waitBeforeRetry(
  error: unknown,
  attempt: number,
  retryDelay: (attempt: number) => number,
): number | null {
  if (!isTransportError(error)) return null
  const temporary = TEMPORARY_STATUSES.has(error.status ?? 0)
  if (error.code !== 'network' && error.code !== 'rate_limited' && !temporary) return null
  const asked = error.retryAfterMs
  if (asked === null) return retryDelay(attempt)
  return asked > MAX_RETRY_AFTER_MS ? null : asked
}
