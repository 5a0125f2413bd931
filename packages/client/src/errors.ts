/** The errors of this package: reasons why there is nothing to restore, or not with this key. */

/** Why a backup cannot be restored. Failures of the network are errors of the transport. */
export type ClientErrorCode =
  /** The account has no backup on this server. */
  | 'no_backup'
  /** The backup is encrypted to another key. */
  | 'wrong_key'
  /** The backup is of an algorithm that is not known here. */
  | 'unsupported_algorithm'
  /** The backup was deleted while it was read. */
  | 'version_gone'

/** A backup that cannot be restored. */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  /** Why. */
  readonly code: ClientErrorCode
  /** Whether doing it again may help: after a deletion there may be a new version. */
  readonly retryable: boolean

  constructor(code: ClientErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.retryable = code === 'version_gone'
  }
}
