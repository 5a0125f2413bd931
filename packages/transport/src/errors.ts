/**
 * The errors of this package: one class, told apart by `code`.
 *
 * Not among them: a caller's mistake is a `TypeError` that names the option, and an aborted call
 * throws the reason of its signal, as `fetch` does.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#standard-error-response
 */
import type { BackupVersion, IdProblem } from '@roomkeys/types'

/** What went wrong. */
export type TransportErrorCode =
  | 'bad_id'
  | 'network'
  | 'timeout'
  | 'redirected'
  | 'not_json'
  | 'shape'
  | 'answer_too_large'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'wrong_version'
  | 'rate_limited'
  | 'too_large'
  | 'unrecognized'
  | 'server'
  | 'rejected'

/** What to do about it, where the code does not say it. */
const ADVICE: Readonly<Partial<Record<TransportErrorCode, string>>> = {
  network: 'check baseUrl and the connection',
  timeout: 'raise timeoutMs',
  redirected: 'set baseUrl to the final address',
  not_json: 'check baseUrl',
  unauthorized: 'sign in again',
  wrong_version: 'read the current version',
  too_large: 'send fewer keys',
  server: 'try again later',
}

const RETRYABLE: readonly TransportErrorCode[] = ['network', 'timeout', 'rate_limited', 'server']

/** What is known of a failure besides its code. */
export interface TransportErrorDetails {
  /** HTTP status, when the server answered. */
  readonly status?: number
  /** `errcode` of the answer. */
  readonly errcode?: string | null
  /** How long the server asks to wait. */
  readonly retryAfterMs?: number | null
  /** More on this failure, for the message. */
  readonly note?: string | null
  readonly cause?: unknown
}

/** E.g. `GET /…: unauthorized; sign in again; status 401; M_UNKNOWN_TOKEN; the server says: …`. */
function describe(code: TransportErrorCode, where: string, details: TransportErrorDetails): string {
  const { status, errcode, note } = details
  const facts = [code, ADVICE[code], status && `status ${status}`, errcode, note]
  return `${where}: ${facts.filter(Boolean).join('; ')}`
}

/** A request to a homeserver did not do what was asked. */
export class TransportError<Code extends TransportErrorCode = TransportErrorCode> extends Error {
  override readonly name = 'TransportError'
  /** Two copies of this package in one program know each other's errors by it. */
  readonly isTransportError = true
  readonly code: Code
  /** Whether the same request may succeed later. */
  readonly retryable: boolean
  /** HTTP status, or `null` when there was no answer. */
  readonly status: number | null
  /** `errcode` of the answer, or `null`. */
  readonly errcode: string | null
  /** How long the server asks to wait, in milliseconds, or `null`. */
  readonly retryAfterMs: number | null

  /** @param where - method and route template: holds no identifiers */
  constructor(code: Code, where: string, details: TransportErrorDetails = {}) {
    super(describe(code, where, details), details)
    this.code = code
    this.retryable = RETRYABLE.includes(code)
    this.status = details.status ?? null
    this.errcode = details.errcode ?? null
    this.retryAfterMs = details.retryAfterMs ?? null
  }
}

/** The access token is missing, unknown or expired. */
export interface UnauthorizedError extends TransportError<'unauthorized'> {
  /** Whether the device can go on with its data after signing in again. */
  readonly softLogout: boolean
}

/** An upload named a version that is not the current one. */
export interface WrongVersionError extends TransportError<'wrong_version'> {
  /**
   * The current version as the server put it, or `null`. Some servers repeat the version that was
   * sent: read the current version again before acting on it.
   */
  readonly currentVersion: BackupVersion | null
}

/** An identifier that would address something else, or nothing, was not sent. */
export interface BadIdError extends TransportError<'bad_id'> {
  /** Name of the argument, e.g. `sessionId`. */
  readonly parameter: string
  readonly problem: IdProblem | 'empty'
}

/** Makes a {@link BadIdError}. */
export function badId(
  where: string,
  parameter: string,
  problem: BadIdError['problem'],
): BadIdError {
  const error = new TransportError('bad_id', where, { note: `${parameter}: ${problem}` })
  return Object.assign(error, { parameter, problem })
}

/** Every error of this package, for an exhaustive `switch` over `code`. */
export type AnyTransportError =
  | UnauthorizedError
  | WrongVersionError
  | BadIdError
  | TransportError<Exclude<TransportErrorCode, 'unauthorized' | 'wrong_version' | 'bad_id'>>

/** Whether a thrown value is an error of this package, of whichever copy of it. */
export function isTransportError(value: unknown): value is AnyTransportError {
  return value instanceof Error && 'isTransportError' in value
}
