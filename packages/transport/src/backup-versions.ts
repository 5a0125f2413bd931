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
  jsonObjectSchema,
  type UpdateBackupVersionRequest,
} from '@roomkeys/types'
import { callEndpoint, type CallOptions } from './call.ts'
import type { Homeserver } from './homeserver.ts'
import { nullIfNotFound } from './not-found.ts'

const VERSION = '/_matrix/client/v3/room_keys/version'
const VERSION_BY_ID = `${VERSION}/{version}`

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
export async function createBackupVersion(
  homeserver: Homeserver,
  args: { readonly body: CreateBackupVersionRequest },
  options: CallOptions = {},
): Promise<CreateBackupVersionResponse> {
  return callEndpoint(homeserver, {
    ...options,
    route: { method: 'POST', template: VERSION },
    body: args.body,
    schema: createBackupVersionResponseSchema,
  })
}

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
  return nullIfNotFound(
    callEndpoint(homeserver, {
      ...options,
      route: { method: 'GET', template: VERSION },
      schema: backupVersionInfoSchema,
    }),
  )
}

/**
 * Reads a version, current or not.
 *
 * @throws TransportError - `not_found` when there is no such version
 */
export async function getBackupVersion(
  homeserver: Homeserver,
  args: VersionArgs,
  options: CallOptions = {},
): Promise<BackupVersionInfo> {
  return callEndpoint(homeserver, {
    ...options,
    route: { method: 'GET', template: VERSION_BY_ID },
    ids: { version: args.version },
    schema: backupVersionInfoSchema,
  })
}

/**
 * Replaces the `auth_data` of a version; its algorithm stays.
 *
 * @throws TransportError - `not_found` when there is no such version
 */
export async function updateBackupVersion(
  homeserver: Homeserver,
  args: VersionArgs & { readonly body: UpdateBackupVersionRequest },
  options: CallOptions = {},
): Promise<void> {
  await callEndpoint(homeserver, {
    ...options,
    route: { method: 'PUT', template: VERSION_BY_ID },
    ids: { version: args.version },
    body: args.body,
    schema: jsonObjectSchema,
  })
}

/**
 * Deletes a version and all its keys. Deleting it again does nothing.
 *
 * @throws TransportError - `not_found` when there never was such a version
 */
export async function deleteBackupVersion(
  homeserver: Homeserver,
  args: VersionArgs,
  options: CallOptions = {},
): Promise<void> {
  await callEndpoint(homeserver, {
    ...options,
    route: { method: 'DELETE', template: VERSION_BY_ID },
    ids: { version: args.version },
    schema: jsonObjectSchema,
  })
}
