/**
 * The server as the protocol sees it. Whatever reaches a server implements this; the protocol itself
 * knows no network.
 *
 * Every function rejects with an `ApiError`, or with the signal's reason.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#server-side-key-backups
 */
import type {
  BackupVersion,
  BackupVersionInfo,
  CreateBackupVersionRequest,
  KeyBackupData,
  RoomId,
  RoomKeysUpdateResponse,
  SessionId,
  UpdateBackupVersionRequest,
} from '@roomkeys/types'
import type { BackupEntry } from '../entry.ts'

/** Options of every call. */
export interface ApiCallOptions {
  readonly signal?: AbortSignal
}

/** Names one session. */
export interface SessionAddress {
  readonly roomId: RoomId
  readonly sessionId: SessionId
}

/** One key of an upload. */
export interface UploadEntry extends SessionAddress {
  readonly data: KeyBackupData
}

/** Which keys are read: those of one room, or all. */
export interface ReadKeysOptions extends ApiCallOptions {
  readonly roomId?: RoomId
}

/** The operations of `/room_keys` that the protocol uses. */
export interface RoomKeysApi {
  /** The current version, or `null` when there is no backup. */
  readonly currentVersion: (options?: ApiCallOptions) => Promise<BackupVersionInfo | null>
  /** A version, current or not, or `null` when there is none of this name. */
  readonly readVersion: (
    version: BackupVersion,
    options?: ApiCallOptions,
  ) => Promise<BackupVersionInfo | null>
  /** Makes a version, which becomes the current one. A lost answer may leave a version behind. */
  readonly createVersion: (
    request: CreateBackupVersionRequest,
    options?: ApiCallOptions,
  ) => Promise<BackupVersion>
  /** Replaces the `auth_data` of a version. */
  readonly updateVersion: (
    version: BackupVersion,
    request: UpdateBackupVersionRequest,
    options?: ApiCallOptions,
  ) => Promise<void>
  /** Deletes a version and its keys; one that is deleted already is no error. */
  readonly deleteVersion: (version: BackupVersion, options?: ApiCallOptions) => Promise<void>
  /** Uploads keys in one request; the server keeps the better of two copies. */
  readonly uploadKeys: (
    version: BackupVersion,
    entries: readonly UploadEntry[],
    options?: ApiCallOptions,
  ) => Promise<RoomKeysUpdateResponse>
  /** The entries of a version, not parsed, as they arrive. Rejects when the version is gone. */
  readonly readKeys: (
    version: BackupVersion,
    options?: ReadKeysOptions,
  ) => AsyncIterable<BackupEntry>
  /** One entry, not parsed, or `null` when there is no such key or no such version. */
  readonly readKey: (
    version: BackupVersion,
    address: SessionAddress,
    options?: ApiCallOptions,
  ) => Promise<unknown>
}
