/**
 * The body of an error answer.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#standard-error-response
 */
import * as v from 'valibot'
import { inPlace, type JsonObject, type WireSchema } from './json.ts'

/** The errcodes that the endpoints around key backup answer with. */
export const ERRCODES = [
  'M_BAD_JSON',
  'M_FORBIDDEN',
  'M_GUEST_ACCESS_FORBIDDEN',
  'M_INVALID_PARAM',
  'M_LIMIT_EXCEEDED',
  'M_MISSING_PARAM',
  'M_MISSING_TOKEN',
  'M_NOT_FOUND',
  'M_NOT_JSON',
  'M_TOO_LARGE',
  'M_UNKNOWN',
  'M_UNKNOWN_TOKEN',
  'M_UNRECOGNIZED',
  'M_USER_LIMIT_EXCEEDED',
  'M_WRONG_ROOM_KEYS_VERSION',
] as const

/** An errcode that is known here. */
export type Errcode = (typeof ERRCODES)[number]

/** An error answer; servers may use errcodes that are not known here. */
export interface MatrixErrorBody extends JsonObject {
  readonly errcode: string
  readonly error?: string
  /** With `M_WRONG_ROOM_KEYS_VERSION`: the current version. Some servers send a stale one. */
  readonly current_version?: string
  /** With `M_LIMIT_EXCEEDED`: milliseconds to wait; superseded by the `Retry-After` header. */
  readonly retry_after_ms?: number
  /** With `M_UNKNOWN_TOKEN`: the session can be continued after signing in again. */
  readonly soft_logout?: boolean
}

/** Parses {@link MatrixErrorBody}. */
export const matrixErrorBodySchema: WireSchema<MatrixErrorBody> = inPlace(
  v.looseObject({
    errcode: v.string(),
    error: v.exactOptional(v.string()),
    current_version: v.exactOptional(v.string()),
    retry_after_ms: v.exactOptional(v.number()),
    soft_logout: v.exactOptional(v.boolean()),
  }),
)
