/** How a call to the server fails, as far as the protocol acts on it. */
import { BackupError } from '../errors.ts'

/** What a failed call means. */
export type ApiErrorCode =
  /** No answer: the request may have taken effect, or not. */
  | 'offline'
  /** No answer in time: the request may have taken effect, or not. */
  | 'timeout'
  | 'rate_limited'
  /** The server is in trouble; the request may have taken effect, or not. */
  | 'server_error'
  /** The body is larger than the server takes. */
  | 'too_large'
  /** The version exists and is not the current one, so that it takes no keys. */
  | 'wrong_version'
  /** There is no such version, or none at all. */
  | 'version_not_found'
  /** The access token is not accepted any more. */
  | 'unauthorized'
  /** The same request will be refused again. */
  | 'rejected'
  /** The answer is not what the specification says. */
  | 'bad_answer'

const RETRYABLE: readonly ApiErrorCode[] = ['offline', 'timeout', 'rate_limited', 'server_error']

/** What is known of a failure beside its code. */
export interface ApiErrorDetails extends ErrorOptions {
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfterMs?: number | null
}

/** A call to the server failed. What implements `RoomKeysApi` throws nothing else but abort reasons. */
export class ApiError extends BackupError {
  override readonly name = 'ApiError'
  declare readonly code: ApiErrorCode
  /** Whether the same call may succeed later. */
  override readonly retryable: boolean
  /** How long the server asks to wait, in milliseconds, or `null`. */
  readonly retryAfterMs: number | null

  constructor(code: ApiErrorCode, message: string, details: ApiErrorDetails = {}) {
    super(code, message, details)
    this.retryable = RETRYABLE.includes(code)
    this.retryAfterMs = details.retryAfterMs ?? null
  }
}
