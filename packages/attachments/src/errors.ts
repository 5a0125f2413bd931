/** The errors of this package: a file that is not what its event says, or that cannot be read. */

/** What is wrong. */
export type AttachmentErrorCode =
  /** The description is no object with `key`, `iv` and `hashes` of the right types. */
  | 'malformed_file'
  /** `v` names a version that is not known. */
  | 'unsupported_version'
  /** The key is not an octet key for A256CTR. */
  | 'unsupported_algorithm'
  /** `key.k` is not the URL-safe base64 of 32 bytes. */
  | 'malformed_key'
  /** `iv` is not the base64 of 16 bytes. */
  | 'malformed_iv'
  /** There is no SHA-256 hash: nothing could be verified. */
  | 'missing_hash'
  /** The SHA-256 hash is not the base64 of 32 bytes. */
  | 'malformed_hash'
  /** The ciphertext is not the one that was hashed. */
  | 'hash_mismatch'
  /** There is less ciphertext than was announced or asked for. */
  | 'truncated'
  /** There is more ciphertext than was announced. */
  | 'too_long'
  /** There is more ciphertext than the limit on what is held in memory. */
  | 'over_limit'
  /** The source gave other bytes when it was read again. */
  | 'source_changed'
  /** The ciphertext was not read to its end, so there is no hash to describe it with. */
  | 'cancelled'

const WORTH_A_NEW_DOWNLOAD: readonly AttachmentErrorCode[] = [
  'hash_mismatch',
  'truncated',
  'too_long',
  'source_changed',
]

/** An attachment that cannot be used. Its message never holds key material or content. */
export class AttachmentError extends Error {
  override readonly name = 'AttachmentError'
  /** What is wrong. */
  readonly code: AttachmentErrorCode
  /** Whether downloading the ciphertext again may help. */
  readonly retryable: boolean

  constructor(code: AttachmentErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.retryable = WORTH_A_NEW_DOWNLOAD.includes(code)
  }
}
