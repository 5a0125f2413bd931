/** The errors of this package. */

/** Why one session can neither be put into a bundle nor be taken out of it. */
export type EntryFailure =
  /** It lacks a field, or a field is of another type. */
  | 'malformed_entry'
  /** It belongs to another room. */
  | 'wrong_room'
  /** It is not of `m.megolm.v1.aes-sha2`. */
  | 'unsupported_session'
  /** Its session key cannot be read. */
  | 'malformed_session_key'
  /** It names another session than its key is of. */
  | 'session_id_mismatch'
  /** On building alone: `sender_key` is no Curve25519 key. */
  | 'malformed_sender_key'

/** Why a bundle as a whole cannot be used. */
export type KeyBundleErrorCode =
  | EntryFailure
  /** The content of the to-device event has not the right shape, or describes no usable file. */
  | 'malformed_content'
  /** The bundle is larger than the limit. */
  | 'too_large'
  /** The file is not the one that was described. The cause says more. */
  | 'undecryptable'
  /** What was decrypted is no bundle. */
  | 'malformed_bundle'

/** A bundle, or a session in one, that cannot be used. Its message never holds key material. */
export class KeyBundleError extends Error {
  override readonly name = 'KeyBundleError'
  /** What is wrong. */
  readonly code: KeyBundleErrorCode
  /** Whether downloading the bundle again may help. */
  readonly retryable: boolean

  constructor(
    code: KeyBundleErrorCode,
    message: string,
    options: ErrorOptions & { readonly retryable?: boolean } = {},
  ) {
    super(message, options)
    this.code = code
    this.retryable = options.retryable ?? false
  }
}

/** One session that cannot be used; it costs no other. */
export class BundleEntryError extends KeyBundleError {
  /** Why it cannot. */
  readonly reason: EntryFailure

  constructor(reason: EntryFailure, message: string, options?: ErrorOptions) {
    super(reason, message, options)
    this.reason = reason
  }
}
