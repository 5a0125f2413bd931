/** The errors of this package: data that cannot be what it claims to be. */

/** What is wrong with the data. */
export type CryptoErrorCode =
  | 'base64_character'
  | 'base64_length'
  | 'base64_trailing_bits'
  | 'key_text_character'
  | 'key_text_length'
  | 'key_text_prefix'
  | 'key_text_parity'
  | 'not_canonical_json'
  | 'not_utf8'
  | 'bad_padding'
  | 'rounds_out_of_range'

/** Data that cannot be decoded, decrypted or canonicalised. Its message never holds the data. */
export class CryptoError extends Error {
  override readonly name = 'CryptoError'
  /** What is wrong. */
  readonly code: CryptoErrorCode
  /** The same data fails again. */
  readonly retryable = false

  constructor(code: CryptoErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
