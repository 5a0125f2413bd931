/** The errors of reading a pickle. */

/** What is wrong with a pickle. */
export type PickleErrorCode =
  'bad_base64' | 'bad_length' | 'wrong_key' | 'unsupported_version' | 'malformed'

/** A pickle that cannot be read. Its message never holds any of the session or of the pickle key. */
export class PickleError extends Error {
  override readonly name = 'PickleError'
  /** What is wrong. */
  readonly code: PickleErrorCode
  /** Whether another pickle key may help; nothing else does. */
  readonly retryable: boolean

  constructor(code: PickleErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.retryable = code === 'wrong_key'
  }
}
