/** The errors of this package. */

/** Why one entry of a backup cannot be opened. */
export type FailureReason =
  /** The entry is no object with `session_data`. */
  | 'malformed_entry'
  /** `session_data` lacks a field, or a field is not the base64 of the right length. */
  | 'malformed_session_data'
  /** The ephemeral key is of low order: anybody could have encrypted it to anybody. */
  | 'weak_ephemeral_key'
  /** The MAC does not match: encrypted to another key, or damaged. */
  | 'mac_mismatch'
  /** The MAC is the one that was meant, over the ciphertext, which the policy does not accept. */
  | 'mac_over_ciphertext'
  /** The padding is wrong: the ciphertext is damaged. */
  | 'bad_ciphertext'
  /** What was decrypted is no session record. */
  | 'malformed_plaintext'
  /** The session is not of `m.megolm.v1.aes-sha2`. */
  | 'unsupported_session'
  /** The session key inside cannot be read. */
  | 'malformed_session_key'
  /** The entry holds the key of another session than it is stored under. */
  | 'session_id_mismatch'

/** Why a backup as a whole, or a key for it, cannot be used. */
export type BackupErrorCode =
  FailureReason | 'malformed_auth_data' | 'no_passphrase' | 'unsupported_passphrase'

/** Something about a backup that cannot be used. Its message never holds key material. */
export class BackupError extends Error {
  override readonly name: string = 'BackupError'
  /** What cannot be used, and why. */
  readonly code: BackupErrorCode
  /** The same data fails again. */
  readonly retryable = false

  constructor(code: BackupErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** One entry that cannot be opened; it costs no other. */
export class EntryError extends BackupError {
  override readonly name = 'EntryError'
  /** Why it cannot. */
  readonly reason: FailureReason

  constructor(reason: FailureReason, message: string, options?: ErrorOptions) {
    super(reason, message, options)
    this.reason = reason
  }
}
