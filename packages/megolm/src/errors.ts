/** The errors of this package: a session key that is not what it claims to be. */

/** What is wrong with a session key. */
export type MegolmErrorCode =
  'bad_base64' | 'bad_length' | 'unsupported_version' | 'signature_mismatch'

/** A session key that cannot be read. Its message never holds any of the key. */
export class MegolmError extends Error {
  override readonly name = 'MegolmError'
  /** What is wrong. */
  readonly code: MegolmErrorCode
  /** The same text fails again. */
  readonly retryable = false

  constructor(code: MegolmErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
