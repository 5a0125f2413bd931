/** The errors of this package. */
import type { Errcode } from '@roomkeys/types'

/** What went wrong. */
export type ServerErrorCode =
  | 'answer_cut_short'
  | 'layout_differs'
  | 'listen_failed'
  | 'port_in_use'
  | 'request_refused'
  | 'schema_too_new'
  | 'store_failed'
  | 'store_in_use'
  | 'store_unavailable'
  | 'user_exists'

/** Codes of states that pass by themselves. */
const RETRYABLE: ReadonlySet<ServerErrorCode> = new Set([
  'port_in_use',
  'store_in_use',
  'store_unavailable',
])

/** Base of every error that this package throws on purpose. */
export class ServerError extends Error {
  override readonly name: string = 'ServerError'
  readonly code: ServerErrorCode
  /** Whether the same call may succeed later. */
  readonly retryable: boolean

  constructor(code: ServerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.retryable = RETRYABLE.has(code)
  }
}

/** Errcodes of accounts and device keys, beside those of key backup. */
export type AccountErrcode = 'M_INVALID_SIGNATURE' | 'M_INVALID_USERNAME' | 'M_USER_IN_USE'

/** Where a refusal departs from a bare errcode and message. */
export interface RefusalDetails {
  /** Members of the body beside `errcode` and `error`. */
  readonly body?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, string>>
}

/** A request is answered with an errcode; thrown anywhere below the handler. */
export class RefusedRequest extends ServerError {
  override readonly name = 'RefusedRequest'
  /** HTTP status of the answer. */
  readonly status: number
  readonly errcode: Errcode | AccountErrcode
  readonly details: RefusalDetails

  constructor(
    [status, errcode]: readonly [number, Errcode | AccountErrcode],
    message: string,
    details: RefusalDetails = {},
  ) {
    super('request_refused', message)
    this.status = status
    this.errcode = errcode
    this.details = details
  }
}
