/** The errors of this package. */

/** Why a secret cannot be read. */
export type SecretStorageErrorCode =
  /** The stored object lacks a field, a field is not base64, or what it decrypts to is not text. */
  | 'malformed_secret'
  /** The MAC does not match: stored under another key or name, or damaged. */
  | 'mac_mismatch'

/** A secret that cannot be read. Its message holds none of it. */
export class SecretStorageError extends Error {
  override readonly name = 'SecretStorageError'
  /** Why. */
  readonly code: SecretStorageErrorCode
  /** The same data fails again. */
  readonly retryable = false

  constructor(code: SecretStorageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
