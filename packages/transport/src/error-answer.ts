/**
 * From an error answer to an error.
 *
 * Servers disagree on statuses, so a known `errcode` decides and the status is the fallback. The body
 * is read field by field: one odd field must not cost the others.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#standard-error-response
 */
import { backupVersion, isJsonObject } from '@roomkeys/types'
import {
  TransportError,
  type TransportErrorCode,
  type TransportErrorDetails,
  UnauthorizedError,
  WrongVersionError,
} from './errors.ts'
import { parseRetryAfter } from './retry.ts'

/** The server's own words are shown up to this length. */
const MAX_TEXT_SHOWN = 200

const CODE_BY_ERRCODE: ReadonlyMap<string, TransportErrorCode> = new Map([
  ['M_WRONG_ROOM_KEYS_VERSION', 'wrong_version'],
  ['M_UNKNOWN_TOKEN', 'unauthorized'],
  ['M_MISSING_TOKEN', 'unauthorized'],
  ['M_LIMIT_EXCEEDED', 'rate_limited'],
  ['M_TOO_LARGE', 'too_large'],
  ['M_UNRECOGNIZED', 'unrecognized'],
  ['M_NOT_FOUND', 'not_found'],
])

const CODE_BY_STATUS: ReadonlyMap<number, TransportErrorCode> = new Map([
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [404, 'not_found'],
  [405, 'unrecognized'],
  [413, 'too_large'],
  [429, 'rate_limited'],
])

/** An error answer, its body read as far as it could be. */
export interface ErrorAnswer {
  readonly status: number
  readonly headers: Headers
  /** The parsed body; `undefined` when there was none, or none that is JSON. */
  readonly body: unknown
}

/** Makes a server's text fit for a message: no secrets, no control characters, bounded. */
function printable(value: unknown, redact: (text: string) => string): string | null {
  if (typeof value !== 'string') return null
  const text = redact(value).slice(0, MAX_TEXT_SHOWN)
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
}

function codeOf(status: number, errcode: string | null): TransportErrorCode {
  const known = CODE_BY_ERRCODE.get(errcode ?? '') ?? CODE_BY_STATUS.get(status)
  return known ?? (status >= 500 ? 'server' : 'rejected')
}

function waitAsked(
  { headers }: ErrorAnswer,
  body: Readonly<Record<string, unknown>>,
): number | null {
  const header = parseRetryAfter(headers.get('retry-after'), Date.now())
  if (header !== null) return header
  const fromBody = body['retry_after_ms']
  return typeof fromBody === 'number' && fromBody >= 0 ? fromBody : null
}

/**
 * Reads an error answer.
 *
 * @param where - method and route template
 * @param redact - takes the caller's secrets out of a text
 */
export function errorFromAnswer(
  where: string,
  answer: ErrorAnswer,
  redact: (text: string) => string,
): TransportError {
  const body = isJsonObject(answer.body) ? answer.body : {}
  const errcode = printable(body['errcode'], redact)
  const note = printable(body['error'], redact)
  const details: TransportErrorDetails = {
    status: answer.status,
    errcode,
    retryAfterMs: waitAsked(answer, body),
    note: note === null ? null : `the server says: ${note}`,
  }
  const code = codeOf(answer.status, errcode)
  if (code === 'unauthorized')
    return new UnauthorizedError(where, { ...details, softLogout: body['soft_logout'] === true })
  if (code !== 'wrong_version') return new TransportError(code, where, details)
  const current = body['current_version']
  const currentVersion = typeof current === 'string' ? backupVersion(current) : null
  return new WrongVersionError(where, { ...details, currentVersion })
}
