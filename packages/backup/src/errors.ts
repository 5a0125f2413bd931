/** The errors of this package. */
import type { ApiErrorCode } from './ports/api-error.ts'

/** Why one entry of a backup cannot be opened, or one session cannot be sealed. */
export type FailureReason =
  /** The entry is no object with `session_data`. */
  | 'malformed_entry'
  /** `session_data` lacks a field, or a field is not the base64 of the right length. */
  | 'malformed_session_data'
  /** The ephemeral key is of low order: anybody could have encrypted it to anybody. */
  | 'weak_ephemeral_key'
  /** There is no `backup_mac` (MSC4048), and one is required. */
  | 'backup_mac_missing'
  /** The `backup_mac` does not match: not written by whoever owns the backup, or changed since. */
  | 'backup_mac_mismatch'
  /** The MAC does not match: encrypted to another key, or damaged. */
  | 'mac_mismatch'
  /** The MAC is the one that was meant, over the ciphertext, which the policy does not accept. */
  | 'mac_over_ciphertext'
  /** The padding is wrong: the ciphertext is damaged. */
  | 'bad_ciphertext'
  /** What was decrypted, or is to be encrypted, is no session record. */
  | 'malformed_plaintext'
  /** The session is not of `m.megolm.v1.aes-sha2`. */
  | 'unsupported_session'
  /** The session key inside cannot be read. */
  | 'malformed_session_key'
  /** The entry holds the key of another session than it is stored under. */
  | 'session_id_mismatch'

/** Why a flow ended before it was done. Nothing was lost by it. */
export type FlowErrorCode =
  /** There is no backup on the server. */
  | 'no_backup'
  /** The decryption key is not the version's. */
  | 'wrong_key'
  /** The version is of an algorithm that the caller did not pass in. */
  | 'unsupported_algorithm'
  /** Nothing that is trusted vouches for the version: nothing is uploaded to it, nothing signs it. */
  | 'untrusted_version'
  /** The decryption key is the version's, and from a source that is not trusted. */
  | 'untrusted_key_source'
  /** Another device made a new version, or deleted this one, meanwhile. */
  | 'version_changed'
  /** Another flow of the same kind is under way. */
  | 'busy'
  /** What the server gives back is not what was uploaded. */
  | 'verification_failed'
  /** Some keys would be lost. */
  | 'would_lose_keys'
  /** A record of the journal cannot be read. */
  | 'malformed_journal'
  /** The store failed: its quota, its connection, or its data. */
  | 'store'

/** Why a backup as a whole, or a key for it, cannot be used. */
export type BackupErrorCode =
  | FailureReason
  | ApiErrorCode
  | FlowErrorCode
  /** What should be the keys of a backup is no JSON of that shape, or breaks off. */
  | 'malformed_keys'
  /** A worker of a pool died, or was ended, before it had done its work. */
  | 'worker_lost'
  | 'malformed_auth_data'
  | 'mac_key_missing'
  | 'no_passphrase'
  | 'unsupported_passphrase'

/** Something about a backup that cannot be used. Its message never holds key material. */
export class BackupError extends Error {
  override readonly name: string = 'BackupError'
  /** What cannot be used, and why. */
  readonly code: BackupErrorCode
  /** Whether the same may succeed later; the same data fails again. */
  readonly retryable: boolean = false

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
