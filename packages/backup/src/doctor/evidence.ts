/**
 * What is known of an account's backup: facts that somebody has gathered, and no secret among them.
 * Keys appear as their public keys alone.
 */
import type { PreferenceFact } from '../preference/fact.ts'
import type { KeyCheck } from '@roomkeys/secret-storage'
import type { BackupVersionInfo } from '@roomkeys/types'
import type { TrustReport } from '../trust/report.ts'

/** Why something could not be read. */
export interface ReadFailure {
  /** `code` of the error, or `null` when it has none. */
  readonly code: string | null
  /** For people; no secret. */
  readonly text: string
}

/** Something that was read, or could not be, or was not tried. */
export type Reading<T> =
  | { readonly state: 'read'; readonly value: T }
  | { readonly state: 'failed'; readonly failure: ReadFailure }
  | { readonly state: 'not_read' }

/** A version that may be there, but could not be read. */
export interface UnreadVersion {
  readonly version: string
  readonly failure: ReadFailure
}

/** The versions of the backup. */
export interface VersionEvidence {
  /** The current one, or `null` when there is none. */
  readonly current: Reading<BackupVersionInfo | null>
  /** Others that still exist. */
  readonly older: readonly BackupVersionInfo[]
  /** Versions that were asked for and do not exist. */
  readonly gone: readonly string[]
  readonly unread: readonly UnreadVersion[]
  /** How many more could exist and were not asked for. */
  readonly notAsked: number
}

/** `m.secret_storage.default_key`. */
export type DefaultKeyFact =
  | { readonly state: 'missing' }
  | { readonly state: 'malformed' }
  | { readonly state: 'named'; readonly keyId: string }

/** `m.secret_storage.key.<id>`; `unsupported`: it is of an unknown algorithm. */
export type KeyDescriptionFact = 'present' | 'missing' | 'malformed' | 'unsupported'

/** A storage key that the account names. */
export interface StorageKeyFacts {
  readonly keyId: string
  readonly description: Reading<KeyDescriptionFact>
  /** Whether the key that was given for the examination is this one. */
  readonly given: KeyCheck | 'not_given'
}

/** What became of opening the stored secret. */
export type SecretOpening =
  /** No storage key was given, or nothing is stored under it. */
  | { readonly state: 'not_tried' }
  /** What is stored under this key does not decrypt. */
  | {
      readonly state: 'not_decryptable'
      readonly keyId: string
      readonly because: 'mac_mismatch' | 'malformed_secret'
    }
  /** What was decrypted is no key. */
  | { readonly state: 'no_key'; readonly keyId: string }
  /** The public key, unpadded base64, of the decryption key in it. */
  | { readonly state: 'opened'; readonly keyId: string; readonly publicKey: string }

/** `m.megolm_backup.v1`. */
export type BackupSecretFact =
  | { readonly state: 'missing' }
  | { readonly state: 'malformed' }
  | {
      readonly state: 'stored'
      /** The storage keys that it is encrypted for. */
      readonly keyIds: readonly string[]
      readonly opening: SecretOpening
    }

/** A superseded decryption key that is kept. */
export interface SupersededKeyFact {
  /** The version that it opens, as whoever kept it said. */
  readonly version: string
  /** Unpadded base64. */
  readonly publicKey: string
}

/** Account data. */
export interface AccountDataEvidence {
  readonly defaultKey: Reading<DefaultKeyFact>
  /** The default key, and those that the backup's secret is encrypted for. */
  readonly storageKeys: readonly StorageKeyFacts[]
  readonly backupSecret: Reading<BackupSecretFact>
  readonly superseded: Reading<readonly SupersededKeyFact[]>
  /** `m.key_backup`. */
  readonly preference: Reading<PreferenceFact>
  /** `m.org.matrix.custom.backup_disabled`, turned round. */
  readonly unstablePreference: Reading<PreferenceFact>
}

/** What a client knows; `null` where it knows nothing. */
export interface ClientFacts {
  /** The version that it uses. */
  readonly version: string | null
  /** The public key, unpadded base64, of the decryption key that it holds. */
  readonly publicKey: string | null
  /** `etag` of that version when it looked last. */
  readonly etag: string | null
  /** How many keys it has. */
  readonly total: number | null
  /** How many of them that version does not have yet. */
  readonly pending: number | null
}

/** All that is known. */
export interface Evidence extends VersionEvidence, AccountDataEvidence {
  /** The names of the algorithms that can be read here. */
  readonly knownAlgorithms: readonly string[]
  /** Trust in the current version; `null` when there is none. */
  readonly trust: Reading<TrustReport | null>
  /** `null` when no client is looked at. */
  readonly client: ClientFacts | null
}
