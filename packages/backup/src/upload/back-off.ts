/** How long to wait after a call to the server has failed. */
import type { ApiErrorCode } from '../ports/api-error.ts'

/** A failed call, as far as waiting depends on it. */
export interface Failure {
  readonly code: ApiErrorCode
  readonly retryAfterMs: number | null
}

/** The wait after the first failure; it doubles with each. */
export const FIRST_BACK_OFF_MS = 1_000
export const MAX_BACK_OFF_MS = 300_000
/** Beyond these the longest wait is reached anyway. */
const MAX_DOUBLINGS = 16
/** A server may ask for more; nobody waits that long. */
export const MAX_RETRY_AFTER_MS = 3_600_000

/**
 * How long to wait after a failure: as the server asks, but never for no time at all; else twice as long
 * each time.
 */
export function delayAfter({ retryAfterMs }: Failure, attempt: number): number {
  if (retryAfterMs !== null && Number.isFinite(retryAfterMs))
    return Math.min(MAX_RETRY_AFTER_MS, Math.max(FIRST_BACK_OFF_MS, retryAfterMs))
  return Math.min(MAX_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** Math.min(attempt, MAX_DOUBLINGS))
}

/** Failures that being online again may have cured. */
export function isOfNetwork(code: ApiErrorCode): boolean {
  return code === 'offline' || code === 'timeout'
}
