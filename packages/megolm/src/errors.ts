/** The errors of this package: what is not what it claims to be, and what a session cannot do. */

/** What is wrong. */
export type MegolmErrorCode =
  /** A session key or a message is not base64. */
  | 'bad_base64'
  /** A session key or a message is too short or too long. */
  | 'bad_length'
  /** A version byte that is not known here. */
  | 'unsupported_version'
  /** The session's own key did not sign it. */
  | 'signature_mismatch'
  /** The payload of a message cannot be decoded. */
  | 'bad_message'
  /** The index lies before the first one that this copy of the session knows. */
  | 'index_before_session'
  /** The last index of an outbound session is reached: a new session is needed. */
  | 'session_exhausted'
  /** The MAC does not match: the signer signed it, and this ratchet is not the session's. */
  | 'mac_mismatch'
  /** The ciphertext is not whole blocks, or its padding is wrong. */
  | 'bad_padding'
  /** Two copies, or an event and a session, are not of the same session. */
  | 'another_session'
  /** The index was used by another event. */
  | 'replay'
  /** The plaintext names another room than the one the event came from. */
  | 'another_room'
  /** The plaintext is not an event. */
  | 'bad_plaintext'

/** What cannot be read, or cannot be done. Its message never holds a key or a plaintext. */
export class MegolmError extends Error {
  override readonly name = 'MegolmError'
  /** What is wrong. */
  readonly code: MegolmErrorCode
  /** The same input fails again. */
  readonly retryable = false

  constructor(code: MegolmErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
