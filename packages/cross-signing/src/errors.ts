/** The errors of this package. */

/** Why something cannot be signed or looked into. */
export type CrossSigningErrorCode =
  /** The secret is not the base64 of 32 bytes. */
  | 'malformed_seed'
  /** The seed gives another public key than the published one. */
  | 'seed_mismatch'
  /** A published key has not the shape that the specification gives, or belongs to somebody else. */
  | 'malformed_key'
  /** What is to be signed holds another public key than the one that was verified. */
  | 'other_key'
  /** Keys of this role, or of this user, do not sign such objects. */
  | 'wrong_role'
  /** The device has not signed its own keys. */
  | 'invalid_self_signature'
  /** The object cannot be signed at all: it has no canonical JSON. */
  | 'not_canonical_json'
  /** More devices of one user than are looked into. */
  | 'too_many_devices'

/** Something that cannot be signed or looked into. Its message holds no seed. */
export class CrossSigningError extends Error {
  override readonly name = 'CrossSigningError'
  /** What, and why. */
  readonly code: CrossSigningErrorCode
  /** The same data fails again. */
  readonly retryable = false

  constructor(code: CrossSigningErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
