/**
 * Requests and answers of `/room_keys/version`.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3room_keysversion
 */
import * as v from 'valibot'
import type { BackupVersion } from './ids.ts'
import {
  inPlace,
  type JsonObject,
  jsonObjectSchema,
  wireIntegerSchema,
  type WireSchema,
} from './json.ts'

/** Body of `POST /room_keys/version`. */
export interface CreateBackupVersionRequest extends JsonObject {
  readonly algorithm: string
  readonly auth_data: JsonObject
}

/** Body of `PUT /room_keys/version/{version}`; `version`, if given, equals the path's. */
export interface UpdateBackupVersionRequest extends CreateBackupVersionRequest {
  readonly version?: string
}

/** Answer of `POST /room_keys/version`. */
export interface CreateBackupVersionResponse extends JsonObject {
  readonly version: BackupVersion
}

/**
 * Answer of `GET /room_keys/version` and `GET /room_keys/version/{version}`.
 *
 * `auth_data` is any object here: a version whose `auth_data` is broken can still be listed and
 * deleted. `parseAuthData` reads it by algorithm.
 */
export interface BackupVersionInfo extends JsonObject {
  readonly algorithm: string
  readonly auth_data: JsonObject
  /** Number of keys in this version. */
  readonly count: number
  /** Opaque; equal as long as the stored keys are unchanged. */
  readonly etag: string
  readonly version: BackupVersion
}

const versionSchema = v.custom<BackupVersion>((value) => typeof value === 'string', 'string')

const algorithmAndAuthData = {
  algorithm: v.pipe(v.string(), v.nonEmpty('non-empty string')),
  auth_data: jsonObjectSchema,
}

/** Parses {@link CreateBackupVersionRequest}. */
export const createBackupVersionRequestSchema: WireSchema<CreateBackupVersionRequest> = inPlace(
  v.looseObject(algorithmAndAuthData),
)

/** Parses {@link UpdateBackupVersionRequest}. */
export const updateBackupVersionRequestSchema: WireSchema<UpdateBackupVersionRequest> = inPlace(
  v.looseObject({ ...algorithmAndAuthData, version: v.exactOptional(v.string()) }),
)

/** Parses {@link CreateBackupVersionResponse}. */
export const createBackupVersionResponseSchema: WireSchema<CreateBackupVersionResponse> = inPlace(
  v.looseObject({ version: versionSchema }),
)

/** Parses {@link BackupVersionInfo}. */
export const backupVersionInfoSchema: WireSchema<BackupVersionInfo> = inPlace(
  v.looseObject({
    algorithm: v.string(),
    auth_data: jsonObjectSchema,
    count: wireIntegerSchema,
    etag: v.string(),
    version: versionSchema,
  }),
)
