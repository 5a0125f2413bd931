/** The errors of this package. None holds a token, a password or a registration secret. */
import type { Answer } from './answer.ts'

/** What went wrong. */
export type ConformanceErrorCode =
  | 'bad_file'
  | 'cannot_log_in'
  | 'cannot_register'
  | 'check_failed'
  | 'network'
  | 'not_applicable'
  | 'timeout'

/** Codes of states that may pass by themselves. */
const RETRYABLE: ReadonlySet<ConformanceErrorCode> = new Set(['network', 'timeout'])

/** Base of every error that this package throws on purpose. */
export class ConformanceError extends Error {
  override readonly name: string = 'ConformanceError'
  readonly code: ConformanceErrorCode
  /** Whether the same call may succeed later. */
  readonly retryable: boolean

  constructor(code: ConformanceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.retryable = RETRYABLE.has(code)
  }
}

/** A server did not do what a case expects. */
export class CheckFailed extends ConformanceError {
  override readonly name = 'CheckFailed'
  /** The answer that was looked at, where one was. */
  readonly answer: Answer | null

  constructor(message: string, answer: Answer | null = null) {
    super('check_failed', message)
    this.answer = answer
  }
}

/** A case cannot say anything about this server; thrown with the reason. */
export class NotApplicable extends ConformanceError {
  override readonly name = 'NotApplicable'

  constructor(reason: string) {
    super('not_applicable', reason)
  }
}
