/**
 * When ky sends a failed request again, and after how long.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#rate-limiting
 */
import { isHTTPError, isTimeoutError, type RetryOptions } from 'ky'
import { waitAsked } from './error-answer.ts'

/** The longest pause that is waited out; a server that asks for more gets no second request. */
export const MAX_RETRY_AFTER_MS = 60_000

/** Too many requests; or the server in front is up and the one behind is not, or not yet. */
const TEMPORARY_STATUSES: readonly number[] = [429, 502, 503, 504]

/**
 * Options of ky for one call. Ky asks whether to retry, then for how long to wait; one look at the
 * error answers both.
 */
export function retryOptions(limit: number): RetryOptions {
  let asked: number | null = null
  return {
    limit,
    methods: ['get', 'put', 'delete'],
    backoffLimit: MAX_RETRY_AFTER_MS,
    shouldRetry: ({ error }) => {
      asked = null
      // Whatever else `fetch` fails of is the network: each platform words it in its own way.
      if (!isHTTPError(error)) return !isTimeoutError(error)
      asked = waitAsked(error)
      const isWorthIt = (asked ?? 0) <= MAX_RETRY_AFTER_MS
      return isWorthIt && TEMPORARY_STATUSES.includes(error.response.status)
    },
    // Up to 1 s, doubled each time. All of it is random: clients must not come back all at once.
    delay: (attempt) => asked ?? Math.random() * 500 * 2 ** attempt,
  }
}
