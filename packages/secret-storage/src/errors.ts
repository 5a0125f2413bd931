/** The errors of this package. */

/** Why a key, a secret or account data cannot be used. */
export type SecretStorageErrorCode =
  /** The stored object lacks a field, a field is not base64, or what it decrypts to is not the secret. */
  | 'malformed_secret'
  /** The MAC does not match: stored under another key or name, or damaged. */
  | 'mac_mismatch'
  /** Account data has not the shape that the specification gives. */
  | 'malformed_account_data'
  /** The account names no default key. */
  | 'no_default_key'
  /** The account has no description of this key. */
  | 'no_key_description'
  /** The description is of another algorithm. */
  | 'unsupported_algorithm'
  /** The description gives no passphrase: the key was not made with one. */
  | 'no_passphrase'
  /** The derivation, its rounds or its key length are refused. */
  | 'unsupported_passphrase'
  /** The key check says that this is another key: a wrong passphrase, or another key's text. */
  | 'wrong_key'
  /** The account's default key is neither the one to leave nor the one to move to. */
  | 'other_default_key'
  /** Two keys hold different values of one secret; nobody but the caller knows which one is right. */
  | 'values_differ'
  /** A secret that was just written is not there when it is read back. */
  | 'not_written'
  /** More superseded backup keys than are kept. */
  | 'too_many_keys'

/** Something in secret storage that cannot be used. Its message holds no secret and no key. */
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
