/**
 * What a backup algorithm is: a frozen value that callers pass in. There is no registry.
 *
 * `parseAuthData` is a three-way opener: the value if the version is of this algorithm, `null` if it
 * is of another, an error if it is of this one and broken. X25519 is not the algorithm's work: opening
 * and sealing take shared secrets, which come in batches from the platform.
 */
import type { Bytes } from '@roomkeys/crypto/bytes'
import type { SecretBytes } from '@roomkeys/crypto/secret'
import type { Agreement } from '@roomkeys/crypto/x25519'
import type {
  BackedUpSessionData,
  BackupVersionInfo,
  Curve25519AuthData,
  JsonObject,
} from '@roomkeys/types'
import type { DecryptionKey } from './decryption-key.ts'
import type { Unauthenticated } from './unauthenticated.ts'

/**
 * What is known of an entry's `backup_mac` (MSC4048). `unchecked`: no MAC key is known, so nothing is.
 */
export type BackupMacFact = 'valid' | 'mismatch' | 'missing' | 'unchecked'

/** `session_data`, decoded. */
export interface EncryptedSession {
  /** X25519 public key that the session was encrypted with, 32 bytes. */
  readonly ephemeral: Bytes
  readonly ciphertext: Bytes
  /** The MAC by a key from the shared secret, 8 bytes in v1; empty in v2, which has none. */
  readonly mac: Bytes
  readonly backupMac: BackupMacFact
}

/**
 * Which MAC of an entry was verified. `libolm`: over the empty string, as every deployed client writes,
 * which authenticates nothing. `intended`: over the ciphertext, as was meant. `backup_mac`: over all of
 * `session_data`, by a key of the backup's owner (MSC4048).
 */
export type MacKind = 'libolm' | 'intended' | 'backup_mac'

/**
 * Which MACs are accepted in a v1 backup. `backup_mac_required`: the deployed one, and only beside a
 * valid `backup_mac`. A v2 entry needs a valid `backup_mac` whatever the policy.
 */
export type MacPolicy = 'libolm' | 'libolm_or_intended' | 'backup_mac_required'

/** What the check of `backup_mac` takes. */
export interface BackupMacCheck {
  /** `null`: not known, so that only v1 entries can be read, and only where none is required. */
  readonly macKey: SecretBytes | null
  readonly macPolicy: MacPolicy
}

/** A decrypted entry, not parsed yet. */
export interface DecryptedSession {
  /** UTF-8 JSON of a session record. */
  readonly plaintext: Bytes
  readonly mac: MacKind
}

/** What decryption takes beside the entry. */
export interface DecryptParameters {
  /** X25519 of the decryption key and the entry's ephemeral key, 32 bytes. */
  readonly sharedSecret: Bytes
  readonly macPolicy: MacPolicy
}

/** What encryption takes beside the session: an agreement that is used once, and the MAC key. */
export interface EncryptParameters extends Agreement {
  /** Writes `backup_mac`; `null` writes none, which v2 refuses. */
  readonly macKey: SecretBytes | null
  /** `null`: the session is authenticated. Absent: what the record says stays. */
  readonly unauthenticated?: Unauthenticated | null
}

/** A backup algorithm. */
export interface BackupAlgorithm {
  /** The name in `algorithm`. */
  readonly name: string
  /** `auth_data`, or `null` when the version is of another algorithm. Throws when it is broken. */
  readonly parseAuthData: (version: BackupVersionInfo) => Curve25519AuthData | null
  /** Whether a decryption key opens what is encrypted for this `auth_data`. */
  readonly matchesKey: (authData: Curve25519AuthData, key: DecryptionKey) => boolean
  /**
   * Encrypts a session into `session_data`. Throws BackupError `malformed_auth_data` without a shared
   * secret, `mac_key_missing` where the algorithm needs one; {@link EntryError} or WireShapeError when
   * the session is no record.
   */
  readonly encrypt: (session: BackedUpSessionData, parameters: EncryptParameters) => JsonObject
  /**
   * Checks `backup_mac`, then decodes `session_data`: what is not authentic and has to be is not even
   * decoded. Without a check there is no MAC key. Throws {@link EntryError}, and BackupError
   * `mac_key_missing` when a MAC is required and no key is there.
   */
  readonly parseSessionData: (value: unknown, check?: BackupMacCheck) => EncryptedSession
  /** Checks the MAC of the ciphertext, if there is one, and decrypts. Throws {@link EntryError}. */
  readonly decrypt: (encrypted: EncryptedSession, parameters: DecryptParameters) => DecryptedSession
}
