/**
 * The errors of this package: one base class, told apart by `code`.
 *
 * Not among them: a caller's mistake is a `TypeError` that names the option, and an aborted call
 * throws the reason of its signal, as `fetch` does.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#standard-error-response
 */
import type { BackupVersion, IdProblem } from '@roomkeys/types'

/** What happened, and what to do about it. */
const EXPLANATIONS = {
  bad_id: 'an identifier cannot be sent; nothing was sent',
  network: 'the server was not reached or broke off; check the connection and baseUrl, try again',
  timeout: 'the server stayed silent for too long; try again, or raise timeoutMs',
  redirected:
    'the server points elsewhere, which is not followed; set baseUrl to its final address',
  not_json: 'the answer is not JSON; check that baseUrl is a homeserver and not a page or a proxy',
  shape: 'the answer does not have the shape that Matrix gives it; the server may be broken',
  answer_too_large: 'the answer is larger than is read; see maxResponseBytes',
  unauthorized: 'the access token is missing, unknown or expired; sign in again',
  forbidden: 'the server does not allow it for this user',
  not_found: 'there is no such thing on the server',
  wrong_version: 'the backup version is not the current one; read the current version again',
  rate_limited: 'the server asks for a pause; try again after retryAfterMs',
  too_large: 'the server finds the request too large; send fewer keys at a time',
  unrecognized: 'the server does not know this endpoint',
  server: 'the server failed; try again later',
  rejected: 'the server rejects the request',
} as const

/** What went wrong. */
export type TransportErrorCode = keyof typeof EXPLANATIONS

const RETRYABLE: ReadonlySet<TransportErrorCode> = new Set([
  'network',
  'timeout',
  'rate_limited',
  'server',
])

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

function describe(code: TransportErrorCode, where: string, details: TransportErrorDetails): string {
  const facts = [
    details.status === undefined ? null : `status ${details.status}`,
    details.errcode,
    details.note,
  ].filter((fact) => typeof fact === 'string')
  const suffix = facts.length > 0 ? ` (${facts.join(', ')})` : ''
  return `${where}: ${EXPLANATIONS[code]}${suffix}`
}

/** A request to a homeserver did not do what was asked. */
export class TransportError<Code extends TransportErrorCode = TransportErrorCode> extends Error {
  override readonly name: string = 'TransportError'
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
    super(
      describe(code, where, details),
      details.cause === undefined ? undefined : { cause: details.cause },
    )
    this.code = code
    this.retryable = RETRYABLE.has(code)
    this.status = details.status ?? null
    this.errcode = details.errcode ?? null
    this.retryAfterMs = details.retryAfterMs ?? null
  }
}

/** The access token is missing, unknown or expired. */
export class UnauthorizedError extends TransportError<'unauthorized'> {
  override readonly name = 'UnauthorizedError'
  /** Whether the device can go on with its data after signing in again. */
  readonly softLogout: boolean

  constructor(where: string, details: TransportErrorDetails & { readonly softLogout: boolean }) {
    super('unauthorized', where, details)
    this.softLogout = details.softLogout
  }
}

/** An upload named a version that is not the current one. */
export class WrongVersionError extends TransportError<'wrong_version'> {
  override readonly name = 'WrongVersionError'
  /**
   * The current version as the server put it, or `null`. Some servers repeat the version that was
   * sent: read the current version again before acting on it.
   */
  readonly currentVersion: BackupVersion | null

  constructor(
    where: string,
    details: TransportErrorDetails & { readonly currentVersion: BackupVersion | null },
  ) {
    super('wrong_version', where, details)
    this.currentVersion = details.currentVersion
  }
}

/** An identifier that would address something else, or nothing, was not sent. */
export class BadIdError extends TransportError<'bad_id'> {
  override readonly name = 'BadIdError'
  /** Name of the argument, e.g. `sessionId`. */
  readonly parameter: string
  readonly problem: IdProblem | 'empty'

  constructor(
    where: string,
    details: { readonly parameter: string; readonly problem: IdProblem | 'empty' },
  ) {
    super('bad_id', where, { note: `${details.parameter}: ${details.problem}` })
    this.parameter = details.parameter
    this.problem = details.problem
  }
}

/** Every error of this package, for an exhaustive `switch` over `code`. */
export type AnyTransportError =
  | UnauthorizedError
  | WrongVersionError
  | BadIdError
  | TransportError<Exclude<TransportErrorCode, 'unauthorized' | 'wrong_version' | 'bad_id'>>

/** Whether a thrown value is an error of this package, of whichever copy of it. */
export function isTransportError(value: unknown): value is AnyTransportError {
  return (
    typeof value === 'object' &&
    value !== null &&
    'isTransportError' in value &&
    value.isTransportError === true
  )
}
