/** The errors of signing a version. */

/** Why a version is not signed. */
export type SignVersionErrorCode =
  /** `auth_data` has no public key of 32 bytes. */
  | 'malformed_auth_data'
  /** The caller's key is not the version's: a signature would vouch for somebody else's key. */
  | 'key_mismatch'
  /** The caller's key is from a source that is not trusted. */
  | 'untrusted_key_source'
  /** Neither a trusted signature nor the caller's key vouches for the version. */
  | 'untrusted_version'

/** A version that is not signed. Its message holds no key. */
export class SignVersionError extends Error {
  override readonly name = 'SignVersionError'
  /** Why. */
  readonly code: SignVersionErrorCode
  /** The same data fails again. */
  readonly retryable = false

  constructor(code: SignVersionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
