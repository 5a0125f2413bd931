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
import { callEndpoint, type CallOptions } from './call.ts'
import type { Homeserver } from './homeserver.ts'

const KEYS = '/_matrix/client/v3/room_keys/keys'
const ALL_KEYS = `${KEYS}?version={version}`
const KEYS_OF_ROOM = `${KEYS}/{roomId}?version={version}`
const KEY_OF_SESSION = `${KEYS}/{roomId}/{sessionId}?version={version}`

/** Names the keys of a room in a version of the backup. */
export interface RoomArgs extends VersionArgs {
  readonly roomId: RoomId
}

/** Names one key in a version of the backup. */
export interface SessionArgs extends RoomArgs {
  readonly sessionId: SessionId
}

const roomIds = ({ version, roomId }: RoomArgs) => ({ version, roomId })
const sessionIds = ({ sessionId, ...room }: SessionArgs) => ({ ...roomIds(room), sessionId })

/**
 * Uploads keys of several rooms. The server keeps the better of two copies of a key.
 *
 * @throws TransportError - `wrong_version` when the version is not the current one, `not_found` when
 * there is no such version
 */
export async function putRoomKeys(
  homeserver: Homeserver,
  args: VersionArgs & { readonly body: RoomKeys },
  options: CallOptions = {},
): Promise<RoomKeysUpdateResponse> {
  return callEndpoint(homeserver, {
    ...options,
    route: { method: 'PUT', template: ALL_KEYS },
    ids: { version: args.version },
    body: args.body,
    schema: roomKeysUpdateResponseSchema,
  })
}

/**
 * Uploads keys of one room. The server keeps the better of two copies of a key.
 *
 * @throws TransportError - as {@link putRoomKeys} does
 */
export async function putRoomKeysForRoom(
  homeserver: Homeserver,
  args: RoomArgs & { readonly body: RoomKeyBackup },
  options: CallOptions = {},
): Promise<RoomKeysUpdateResponse> {
  return callEndpoint(homeserver, {
    ...options,
    route: { method: 'PUT', template: KEYS_OF_ROOM },
    ids: roomIds(args),
    body: args.body,
    schema: roomKeysUpdateResponseSchema,
  })
}

/**
 * Uploads one key. The server keeps the better of two copies.
 *
 * @throws TransportError - as {@link putRoomKeys} does
 */
export async function putRoomKeyForSession(
  homeserver: Homeserver,
  args: SessionArgs & { readonly body: KeyBackupData },
  options: CallOptions = {},
): Promise<RoomKeysUpdateResponse> {
  return callEndpoint(homeserver, {
    ...options,
    route: { method: 'PUT', template: KEY_OF_SESSION },
    ids: sessionIds(args),
    body: args.body,
    schema: roomKeysUpdateResponseSchema,
  })
}

/**
 * Reads all keys of a version. There are no pages: the answer is as large as the backup.
 *
 * The entries are not parsed: one that is damaged must not cost the others.
 *
 * @throws TransportError - `not_found` when there is no such version
 */
export async function getRoomKeys(
  homeserver: Homeserver,
  args: VersionArgs,
  options: CallOptions = {},
): Promise<RoomKeysAnswer> {
  return callEndpoint(homeserver, {
    ...options,
    route: { method: 'GET', template: ALL_KEYS },
    ids: { version: args.version },
    schema: roomKeysAnswerSchema,
    size: 'keys',
  })
}

/**
 * Reads the keys of one room; none is an empty map. The entries are not parsed.
 *
 * @throws TransportError - `not_found` when there is no such version
 */
export async function getRoomKeysForRoom(
  homeserver: Homeserver,
  args: RoomArgs,
  options: CallOptions = {},
): Promise<RoomKeyBackupAnswer> {
  return callEndpoint(homeserver, {
    ...options,
    route: { method: 'GET', template: KEYS_OF_ROOM },
    ids: roomIds(args),
    schema: roomKeyBackupAnswerSchema,
    size: 'keys',
  })
}

/**
 * Reads one key, not parsed: `keyBackupDataSchema` of `@roomkeys/types` does that.
 *
 * @throws TransportError - `not_found` when there is no such key or version
 */
export async function getRoomKeyForSession(
  homeserver: Homeserver,
  args: SessionArgs,
  options: CallOptions = {},
): Promise<unknown> {
  return callEndpoint(homeserver, {
    ...options,
    route: { method: 'GET', template: KEY_OF_SESSION },
    ids: sessionIds(args),
    schema: v.unknown(),
  })
}

/**
 * Deletes all keys of a version; the version stays.
 *
 * @throws TransportError - `not_found` when there is no such version
 */
export async function deleteRoomKeys(
  homeserver: Homeserver,
  args: VersionArgs,
  options: CallOptions = {},
): Promise<RoomKeysUpdateResponse> {
  return callEndpoint(homeserver, {
    ...options,
    route: { method: 'DELETE', template: ALL_KEYS },
    ids: { version: args.version },
    schema: roomKeysUpdateResponseSchema,
  })
}

/**
 * Deletes the keys of one room.
 *
 * @throws TransportError - `not_found` when there is no such version
 */
export async function deleteRoomKeysForRoom(
  homeserver: Homeserver,
  args: RoomArgs,
  options: CallOptions = {},
): Promise<RoomKeysUpdateResponse> {
  return callEndpoint(homeserver, {
    ...options,
    route: { method: 'DELETE', template: KEYS_OF_ROOM },
    ids: roomIds(args),
    schema: roomKeysUpdateResponseSchema,
  })
}

/**
 * Deletes one key.
 *
 * @throws TransportError - `not_found` when there is no such version
 */
export async function deleteRoomKeyForSession(
  homeserver: Homeserver,
  args: SessionArgs,
  options: CallOptions = {},
): Promise<RoomKeysUpdateResponse> {
  return callEndpoint(homeserver, {
    ...options,
    route: { method: 'DELETE', template: KEY_OF_SESSION },
    ids: sessionIds(args),
    schema: roomKeysUpdateResponseSchema,
  })
}
