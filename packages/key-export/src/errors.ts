/** The errors of this package. */

/** Why a key export file cannot be read or written. */
export type KeyExportErrorCode =
  | 'no_header'
  | 'no_footer'
  | 'bad_base64'
  | 'too_short'
  | 'unsupported_version'
  | 'rounds_out_of_range'
  | 'wrong_passphrase'
  | 'damaged'
  | 'malformed_content'
  | 'source_changed'
  | 'no_sessions'

/** A key export file that cannot be read or written. Its message holds no secret. */
export class KeyExportError extends Error {
  override readonly name = 'KeyExportError'
  /** Why. */
  readonly code: KeyExportErrorCode
  /** Whether another passphrase may help; nothing else does. */
  readonly retryable: boolean

  constructor(code: KeyExportErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.retryable = code === 'wrong_passphrase'
  }
}
