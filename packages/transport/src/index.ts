/**
 * The Matrix client-server endpoints around key backup, one function each, over ky.
 *
 * Each takes a homeserver, its arguments by name, and `{ signal }`; it resolves with the parsed
 * answer or rejects with a `TransportError`.
 */
export {
  createBackupVersion,
  deleteBackupVersion,
  getBackupVersion,
  getCurrentBackupVersion,
  updateBackupVersion,
} from './backup-versions.ts'
export { isTransportError, TransportError } from './errors.ts'
export { createHomeserver } from './homeserver.ts'
export {
  deleteRoomKeyForSession,
  deleteRoomKeys,
  deleteRoomKeysForRoom,
  getRoomKeyForSession,
  getRoomKeys,
  getRoomKeysForRoom,
  putRoomKeyForSession,
  putRoomKeys,
  putRoomKeysForRoom,
} from './room-keys.ts'

export type { VersionArgs } from './backup-versions.ts'
export type { CallOptions } from './call.ts'
export type {
  AnyTransportError,
  BadIdError,
  TransportErrorCode,
  TransportErrorDetails,
  UnauthorizedError,
  WrongVersionError,
} from './errors.ts'
export type { FetchFunction, Homeserver, HomeserverOptions } from './homeserver.ts'
export type { RoomArgs, SessionArgs } from './room-keys.ts'
