/**
 * `/room_keys/version`: the versions of a user's backup.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3room_keysversion
 */
import {
  type BackupVersion,
  type BackupVersionInfo,
  backupVersionInfoSchema,
  type CreateBackupVersionRequest,
  type CreateBackupVersionResponse,
  createBackupVersionResponseSchema,
  type UpdateBackupVersionRequest,
} from '@roomkeys/types'
import { type CallOptions, type Endpoint, endpoint } from './call.ts'
import { doneSchema } from './done.ts'
import type { Homeserver } from './homeserver.ts'
import { nullIfNotFound } from './not-found.ts'

const VERSION = '/_matrix/client/v3/room_keys/version'
const VERSION_BY_ID = `${VERSION}/{version}` as const

/** Names a version of the backup. */
export interface VersionArgs {
  readonly version: BackupVersion
}

/**
 * Makes a new version of the backup, which becomes the current one.
 *
 * Sent once: when the answer is lost, the version may exist all the same. Read the current version
 * before trying again.
 *
 * @throws TransportError
 */
export const createBackupVersion: Endpoint<
  { readonly body: CreateBackupVersionRequest },
  CreateBackupVersionResponse
> = endpoint(`POST ${VERSION}`, createBackupVersionResponseSchema)

const readCurrentVersion = endpoint(`GET ${VERSION}`, backupVersionInfoSchema)

/**
 * Reads the current version, or `null` when there is no backup.
 *
 * `null` takes a server that says so by `M_NOT_FOUND`; any other 404 may be a wrong address and throws.
 *
 * @throws TransportError
 */
export async function getCurrentBackupVersion(
  homeserver: Homeserver,
  options: CallOptions = {},
): Promise<BackupVersionInfo | null> {
  return nullIfNotFound(readCurrentVersion(homeserver, {}, options))
}

/**
 * Reads a version, current or not.
 *
 * @throws TransportError - `not_found` when there is no such version
 */
export const getBackupVersion: Endpoint<VersionArgs, BackupVersionInfo> = endpoint(
  `GET ${VERSION_BY_ID}`,
  backupVersionInfoSchema,
)

/**
 * Replaces the `auth_data` of a version; its algorithm stays.
 *
 * @throws TransportError - `not_found` when there is no such version
 */
export const updateBackupVersion: Endpoint<
  VersionArgs & { readonly body: UpdateBackupVersionRequest },
  void
> = endpoint(`PUT ${VERSION_BY_ID}`, doneSchema)

/**
 * Deletes a version and all its keys. Deleting it again does nothing.
 *
 * @throws TransportError - `not_found` when there never was such a version
 */
export const deleteBackupVersion: Endpoint<VersionArgs, void> = endpoint(
  `DELETE ${VERSION_BY_ID}`,
  doneSchema,
)
