/**
 * From a failure of ky to an error of this package.
 *
 * Ky's errors hold the request with its access token: none is kept. Servers disagree on statuses, so
 * an `errcode` that says more decides. The body is read field by field: one odd field must not cost
 * the others.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#standard-error-response
 */
import { isJsonObject, type JsonObject } from '@roomkeys/types'
import { type HTTPError, isHTTPError, isNetworkError, isTimeoutError } from 'ky'
import { TransportError, type TransportErrorCode } from './errors.ts'

/** The server's own words are shown up to this length. */
const MAX_TEXT_SHOWN = 200

/** By `errcode`, where the status alone would say something else, and by status. */
const CODES: ReadonlyMap<string, TransportErrorCode> = new Map(
  Object.entries({
    M_WRONG_ROOM_KEYS_VERSION: 'wrong_version',
    M_UNKNOWN_TOKEN: 'unauthorized',
    M_UNRECOGNIZED: 'unrecognized',
    401: 'unauthorized',
    403: 'forbidden',
    404: 'not_found',
    405: 'unrecognized',
    413: 'too_large',
    429: 'rate_limited',
  }),
)

/** Takes secrets out of a text. */
export type Redact = (text: string) => string

/** Makes a server's text fit for a message: no secrets, no control characters, bounded. */
function printable(value: unknown, redact: Redact): string | null {
  if (typeof value !== 'string') return null
  return redact(value)
    .slice(0, MAX_TEXT_SHOWN)
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ')
}

/** Browsers show a redirect as status 0; a `fetch` that follows on its own has gone there already. */
function codeOf({ status, redirected }: Response, errcode: string | null): TransportErrorCode {
  if (status < 400 || redirected) return 'redirected'
  const fallback = status < 500 ? 'rejected' : 'server'
  return CODES.get(errcode ?? '') ?? CODES.get(String(status)) ?? fallback
}

/** Ky parses what calls itself JSON; not every server does so. */
function bodyOf({ data }: HTTPError): JsonObject {
  try {
    const body: unknown = typeof data === 'string' ? JSON.parse(data) : data
    return isJsonObject(body) ? body : {}
  } catch {
    return {}
  }
}

function isDuration(value: unknown): value is number {
  return typeof value === 'number' && value >= 0
}

/**
 * How long an error answer asks to wait, in milliseconds: by its `Retry-After`, seconds or a date to
 * come, or else by its body; `null` when it does not say.
 */
export function waitAsked(error: HTTPError): number | null {
  const header = error.response.headers.get('retry-after') ?? ''
  const fromHeader = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  const known = [fromHeader, bodyOf(error)['retry_after_ms']].find(isDuration)
  return known === undefined ? null : Math.min(known, Number.MAX_SAFE_INTEGER)
}

/** What errors of some codes hold besides. */
function extras(code: TransportErrorCode, body: JsonObject): object {
  const { soft_logout: softLogout, current_version: current } = body
  if (code === 'unauthorized') return { softLogout: softLogout === true }
  if (code !== 'wrong_version') return {}
  return { currentVersion: typeof current === 'string' ? current : null }
}

function errorFromAnswer(where: string, error: HTTPError, redact: Redact): TransportError {
  const body = bodyOf(error)
  const errcode = printable(body['errcode'], redact)
  const text = printable(body['error'], redact)
  const note = text === null ? null : `the server says: ${text}`
  const { response } = error
  const code = codeOf(response, errcode)
  const details = { status: response.status, errcode, retryAfterMs: waitAsked(error), note }
  return Object.assign(new TransportError(code, where, details), extras(code, body))
}

/**
 * Tells what ky failed of.
 *
 * @param where - method and route template
 */
export function errorFromKy(where: string, error: unknown, redact: Redact): TransportError {
  if (isHTTPError(error)) return errorFromAnswer(where, error, redact)
  if (isTimeoutError(error)) return new TransportError('timeout', where)
  return new TransportError('network', where, {
    cause: isNetworkError(error) ? error.cause : error,
  })
}
