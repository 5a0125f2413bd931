/** What an audit finds in an entry, or in the version. */
import type { SessionNote } from '@roomkeys/types'
import type { EntryError, FailureReason } from '../errors.ts'

/** Why an entry does not open, with any of the keys. What only a policy refuses does open. */
export type FailureCode = Exclude<FailureReason, 'mac_over_ciphertext'>

/** What is odd about an entry, whether it opens or not. */
export type OddityCode =
  | SessionNote
  /** The MAC is the one that was meant, over the ciphertext; clients refuse it. */
  | 'mac_over_ciphertext'
  /** The `backup_mac` of a v1 entry does not match. */
  | 'backup_mac_not_valid'
  /** The metadata in the clear are missing or of the wrong types. */
  | 'metadata_malformed'
  /** The metadata in the clear name another first message index than the session has. */
  | 'first_message_index_differs'
  /** The room id does not begin with `!`, or cannot stand in a path. */
  | 'room_id_malformed'
  /** The session id is no unpadded base64 of 32 bytes. */
  | 'session_id_malformed'
  /** The address came before in the same stream. */
  | 'duplicate_address'
  /** The ephemeral key came before, under another address: each entry is to have its own. */
  | 'reused_ephemeral_key'

/** Something about an entry. */
export type AuditFinding =
  /**
   * It does not open. `mac_mismatch`: it is of no key that is known here, or its ephemeral key or MAC
   * is damaged. `bad_ciphertext` and `malformed_plaintext`: of a known key, and damaged.
   */
  | { readonly code: FailureCode; readonly error: EntryError }
  /** It opens with another known key than the backup's. */
  | { readonly code: 'other_key'; readonly publicKey: string }
  /** The second source holds a copy under this address that does not connect to it. */
  | { readonly code: 'conflicting'; readonly source: string }
  | { readonly code: OddityCode }

/** The codes of findings. */
export type AuditCode = AuditFinding['code']

/** Something about the version. */
export type VersionCode =
  /** There is no `algorithm`: some servers fail on such a version. */
  | 'algorithm_missing'
  /** The record lacks another member, or one is of the wrong type. */
  | 'version_malformed'
  /** The version is of another algorithm than its entries were read as. */
  | 'algorithm_differs'
  /** `public_key` is missing, no base64, or not of 32 bytes: clients cannot use the backup. */
  | 'auth_data_malformed'
  /** None of the keys is the version's. */
  | 'key_mismatch'
  /** The version announces another number of keys than there were. */
  | 'count_differs'
