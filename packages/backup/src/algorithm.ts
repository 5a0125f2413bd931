/**
 * What a backup algorithm is: a frozen value that callers pass in. There is no registry.
 *
 * `parseAuthData` is a three-way opener: the value if the version is of this algorithm, `null` if it
 * is of another, an error if it is of this one and broken.
 */
import type { Bytes, RandomBytes } from '@roomkeys/crypto/bytes'
import type {
  BackedUpSessionData,
  BackupVersionInfo,
  Curve25519AuthData,
  JsonObject,
} from '@roomkeys/types'
import type { DecryptionKey } from './decryption-key.ts'

/** `session_data`, decoded. */
export interface EncryptedSession {
  /** X25519 public key that the session was encrypted with, 32 bytes. */
  readonly ephemeral: Bytes
  readonly ciphertext: Bytes
  readonly mac: Bytes
}

/**
 * Which MAC an entry carries. `libolm`: over the empty string, as every deployed client writes, which
 * authenticates nothing. `intended`: over the ciphertext, as was meant.
 */
export type MacKind = 'libolm' | 'intended'

/** Which MACs are accepted. */
export type MacPolicy = 'libolm' | 'libolm_or_intended'

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

/** A backup algorithm. */
export interface BackupAlgorithm {
  /** The name in `algorithm`. */
  readonly name: string
  /** `auth_data`, or `null` when the version is of another algorithm. Throws when it is broken. */
  readonly parseAuthData: (version: BackupVersionInfo) => Curve25519AuthData | null
  /** Whether a decryption key opens what is encrypted for this `auth_data`. */
  readonly matchesKey: (authData: Curve25519AuthData, key: DecryptionKey) => boolean
  /** Encrypts a session into `session_data`. */
  readonly encrypt: (
    session: BackedUpSessionData,
    authData: Curve25519AuthData,
    random?: RandomBytes,
  ) => JsonObject
  /** Decodes `session_data`. Throws {@link EntryError}. */
  readonly parseSessionData: (value: unknown) => EncryptedSession
  /** Checks the MAC and decrypts. Throws {@link EntryError}. */
  readonly decrypt: (encrypted: EncryptedSession, parameters: DecryptParameters) => DecryptedSession
}
