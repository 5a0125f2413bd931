/**
 * The state of the engine: one union. What runs at a moment follows from the state alone
 * (`operation.ts`), so that there is never more than one operation or timer.
 */
import type { BackupVersion, BackupVersionInfo } from '@roomkeys/types'
import type { DecryptionKey } from '../decryption-key.ts'
import type { ApiErrorCode } from '../ports/api-error.ts'
import type { UploadTrust } from '../trust/upload-trust.ts'
import type { Backup, BackupKey } from './key.ts'
import type { Pace } from './pace.ts'
import type { Upload } from './upload.ts'

/** How an operation that is not part of the upload loop goes. */
export type Progress =
  | { readonly kind: 'running' }
  /** A timer runs; then the operation runs again. */
  | { readonly kind: 'backing_off'; readonly delayMs: number; readonly because: ApiErrorCode }
  /** Nothing runs until the app says `online`. */
  | { readonly kind: 'offline' }

/** An operation with its failures so far. */
export interface Attempted {
  readonly progress: Progress
  /** Failures in a row. */
  readonly attempt: number
}

/** Why there is no backup. */
export type DisabledReason =
  /** Nothing has been asked for yet, or there is nothing to resume. */
  | 'not_started'
  /** The app disabled it, or refused a version that is not trusted. */
  | 'by_app'
  /** The server has no version. */
  | 'no_backup'
  /** A device of the user turned backups off (`m.key_backup`). */
  | 'preference_off'
  /** There is a record of a backup, and its key is not to be found. */
  | 'key_missing'

/**
 * No backup. Entered: at the start; from `disabling`; when the server has no version; when the
 * preference is off; when the app refuses trust. Left: `enable`, `create`, `resume`, `disable`, and
 * the preference when it was that.
 */
export interface Disabled {
  readonly kind: 'disabled'
  readonly because: DisabledReason
}

/** The steps of making a version. */
export type CreatingStep =
  /** The vault keeps the key and the journal the intent; the preference is set. */
  | { readonly kind: 'keeping' }
  /** Is ours there already? An answer may have been lost. `made`: the version of an answer. */
  | { readonly kind: 'checking'; readonly made: BackupVersion | null }
  | { readonly kind: 'posting' }
  /** The key becomes the vault's current one and the journal knows the version. */
  | { readonly kind: 'adopting'; readonly backup: Backup }

/**
 * A version is being made. Entered: `create`, and `resume` after a crash on the way. Left: to
 * `enabled`; to `wrong_version` when there is a version that the app did not name; to `paused`; to
 * `disabling`. The key is durable before the server hears of it.
 */
export interface Creating extends Attempted {
  readonly kind: 'creating'
  readonly key: DecryptionKey
  /** The version that the app has seen and means to replace. It is not deleted. */
  readonly replaces: BackupVersion | null
  readonly step: CreatingStep
}

/** The steps from a key to a backup in use. */
export type EstablishingStep =
  /** Journal, vault and preference are read; `resuming` alone. */
  | { readonly kind: 'recalling'; readonly given: BackupKey | null }
  | { readonly kind: 'reading'; readonly key: BackupKey }
  | { readonly kind: 'judging'; readonly backup: Backup }
  /** Key and version are made durable. */
  | { readonly kind: 'adopting'; readonly backup: Backup }

interface Establishing extends Attempted {
  readonly step: EstablishingStep
}

/**
 * The app gave a key. Entered: `enable`, and `trust_decided` from `untrusted`. Left: to `enabled`
 * when the current version is of this key and trusted; else to `disabled`, `wrong_version`,
 * `untrusted` or `paused`.
 */
export interface Enabling extends Establishing {
  readonly kind: 'enabling'
}

/**
 * What was there before a restart is looked for. Entered: `resume`, and the preference when it was
 * turned on again. Left: as `enabling`; to `creating` or `disabling` when those were interrupted.
 */
export interface Resuming extends Establishing {
  readonly kind: 'resuming'
}

/**
 * The server refused our version, or the app says that it may have changed. Entered: from `enabled`
 * and `downloading`. Left: as `enabling`. The same version again counts as a failure of the upload, so
 * that a server which contradicts itself is asked ever less.
 */
export interface Rechecking extends Establishing {
  readonly kind: 'rechecking'
  /** What the server answered, or that the app asked. */
  readonly because: 'version_not_found' | 'wrong_version' | 'asked'
  /** The version that was in use. */
  readonly known: BackupVersion
  readonly pace: Pace
}

/**
 * The backup is in use. Entered: from `creating`, `enabling`, `resuming`, `rechecking` and
 * `downloading`. Left: to `downloading`, `rechecking`, `disabling`, `disabled` (the preference),
 * `paused`.
 */
export interface Enabled {
  readonly kind: 'enabled'
  readonly backup: Backup
  readonly pace: Pace
  readonly upload: Upload
}

/**
 * The app reads the backup; uploads wait, because what is restored need not be uploaded. Entered and
 * left: `download_began` and `download_ended`, from and to `enabled`; also left as `enabled` is.
 */
export interface Downloading {
  readonly kind: 'downloading'
  readonly backup: Backup
  readonly pace: Pace
}

/**
 * The backup is given up. Entered: `disable`, and `resume` after a crash on the way. Left: to
 * `disabled`, or to `paused`.
 */
export interface Disabling extends Attempted {
  readonly kind: 'disabling'
  /** The version to delete, or `null` to leave the server as it is. */
  readonly target: BackupVersion | null
}

/** What is wrong with the server's current version. */
export type WrongVersionReason =
  | 'another_key'
  /** A version that the app did not name when it asked for a new one. */
  | 'another_version'
  | 'unsupported_algorithm'
  | 'malformed_auth_data'

/**
 * The server's version is not ours; the app must decide. Entered: whenever the version is read. Left:
 * `enable` with its key, `create`, `disable`, `recheck`, `resume`; the preference.
 */
export interface WrongVersion {
  readonly kind: 'wrong_version'
  readonly because: WrongVersionReason
  readonly info: BackupVersionInfo
  readonly key: BackupKey
}

/**
 * The key is ours, and nothing that is trusted vouches for the version; the app must decide. Entered:
 * from `enabling`, `resuming`, `rechecking`. Left: `trust_decided`, and as `wrong_version`.
 */
export interface Untrusted {
  readonly kind: 'untrusted'
  readonly backup: Backup
  readonly verdict: UploadTrust
}

/** Why the engine waits for the app. */
export type PauseReason =
  /** The access token is not accepted. */
  | 'unauthorized'
  /** The server refuses what has no smaller form: a version, a deletion. */
  | 'refused'
  /** Key after key is refused: the server's trouble, not the keys'. None of them is given up. */
  | 'all_keys_refused'

/** The app must help. Entered: from every state that calls the server. Left: as `wrong_version`. */
export interface Paused {
  readonly kind: 'paused'
  readonly because: PauseReason
  /** `null`: the journal knows what to go on with. */
  readonly key: BackupKey | null
}

/**
 * An exception that no protocol explains: a store that fails, or a mistake of ours. Entered: from every
 * state. Left: as `wrong_version`.
 */
export interface Crashed {
  readonly kind: 'crashed'
  readonly during: StateKind
  readonly error: unknown
}

/** The state of the engine. */
export type State =
  | Disabled
  | Creating
  | Enabling
  | Resuming
  | Rechecking
  | Enabled
  | Downloading
  | Disabling
  | WrongVersion
  | Untrusted
  | Paused
  | Crashed

/** The names of the states. */
export type StateKind = State['kind']

/** States on the way from a key to a backup in use. */
export type EstablishingState = Enabling | Resuming | Rechecking

/** The first try of an operation. */
export const FIRST_TRY: Attempted = { progress: { kind: 'running' }, attempt: 0 }
