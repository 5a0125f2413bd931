/**
 * `/room_keys/keys`: the keys in a backup; all of them, those of a room, or one.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3room_keyskeys
 */
import {
  type KeyBackupData,
  type RoomId,
  type RoomKeyBackup,
  type RoomKeyBackupAnswer,
  roomKeyBackupAnswerSchema,
  type RoomKeys,
  type RoomKeysAnswer,
  roomKeysAnswerSchema,
  type RoomKeysUpdateResponse,
  roomKeysUpdateResponseSchema,
  type SessionId,
} from '@roomkeys/types'
import * as v from 'valibot'
import type { VersionArgs } from './backup-versions.ts'
import { type Endpoint, endpoint } from './call.ts'

const KEYS = '/_matrix/client/v3/room_keys/keys'
const ALL_KEYS = `${KEYS}?version={version}` as const
const KEYS_OF_ROOM = `${KEYS}/{roomId}?version={version}` as const
const KEY_OF_SESSION = `${KEYS}/{roomId}/{sessionId}?version={version}` as const

/** Names the keys of a room in a version of the backup. */
export interface RoomArgs extends VersionArgs {
  readonly roomId: RoomId
}

/** Names one key in a version of the backup. */
export interface SessionArgs extends RoomArgs {
  readonly sessionId: SessionId
}

/**
 * Uploads keys of several rooms. The server keeps the better of two copies of a key.
 *
 * @throws TransportError - `wrong_version` when the version is not the current one, `not_found` when
 * there is no such version
 */
export const putRoomKeys: Endpoint<
  VersionArgs & { readonly body: RoomKeys },
  RoomKeysUpdateResponse
> = endpoint(`PUT ${ALL_KEYS}`, roomKeysUpdateResponseSchema)

/**
 * Uploads keys of one room. The server keeps the better of two copies of a key.
 *
 * @throws TransportError - as {@link putRoomKeys} does
 */
export const putRoomKeysForRoom: Endpoint<
  RoomArgs & { readonly body: RoomKeyBackup },
  RoomKeysUpdateResponse
> = endpoint(`PUT ${KEYS_OF_ROOM}`, roomKeysUpdateResponseSchema)

/**
 * Uploads one key. The server keeps the better of two copies.
 *
 * @throws TransportError - as {@link putRoomKeys} does
 */
export const putRoomKeyForSession: Endpoint<
  SessionArgs & { readonly body: KeyBackupData },
  RoomKeysUpdateResponse
> = endpoint(`PUT ${KEY_OF_SESSION}`, roomKeysUpdateResponseSchema)

/**
 * Reads all keys of a version. There are no pages: the answer is as large as the backup.
 *
 * The entries are not parsed: one that is damaged must not cost the others.
 *
 * @throws TransportError - `not_found` when there is no such version
 */
export const getRoomKeys: Endpoint<VersionArgs, RoomKeysAnswer> = endpoint(
  `GET ${ALL_KEYS}`,
  roomKeysAnswerSchema,
  'keys',
)

/**
 * Reads the keys of one room; none is an empty map. The entries are not parsed.
 *
 * @throws TransportError - `not_found` when there is no such version
 */
export const getRoomKeysForRoom: Endpoint<RoomArgs, RoomKeyBackupAnswer> = endpoint(
  `GET ${KEYS_OF_ROOM}`,
  roomKeyBackupAnswerSchema,
  'keys',
)

/**
 * Reads one key, not parsed: `keyBackupDataSchema` of `@roomkeys/types` does that.
 *
 * @throws TransportError - `not_found` when there is no such key or version
 */
export const getRoomKeyForSession: Endpoint<SessionArgs, unknown> = endpoint(
  `GET ${KEY_OF_SESSION}`,
  v.unknown(),
)

/**
 * Deletes all keys of a version; the version stays.
 *
 * @throws TransportError - `not_found` when there is no such version
 */
export const deleteRoomKeys: Endpoint<VersionArgs, RoomKeysUpdateResponse> = endpoint(
  `DELETE ${ALL_KEYS}`,
  roomKeysUpdateResponseSchema,
)

/**
 * Deletes the keys of one room.
 *
 * @throws TransportError - `not_found` when there is no such version
 */
export const deleteRoomKeysForRoom: Endpoint<RoomArgs, RoomKeysUpdateResponse> = endpoint(
  `DELETE ${KEYS_OF_ROOM}`,
  roomKeysUpdateResponseSchema,
)

/**
 * Deletes one key.
 *
 * @throws TransportError - `not_found` when there is no such version
 */
export const deleteRoomKeyForSession: Endpoint<SessionArgs, RoomKeysUpdateResponse> = endpoint(
  `DELETE ${KEY_OF_SESSION}`,
  roomKeysUpdateResponseSchema,
)
