/**
 * The Matrix client-server endpoints around key backup, one function each, over ky.
 *
 * Each takes a homeserver, its arguments by name, and `{ signal }`; it resolves with the parsed
 * answer or rejects with a `TransportError`.
 */
export {
  getAccountData,
  getLoginFlows,
  getVersions,
  loginWithPassword,
  logout,
  putAccountData,
  queryKeys,
  whoAmI,
} from './account.ts'
export {
  createBackupVersion,
  deleteBackupVersion,
  getBackupVersion,
  getCurrentBackupVersion,
  updateBackupVersion,
} from './backup-versions.ts'
export {
  BadIdError,
  isTransportError,
  TransportError,
  UnauthorizedError,
  WrongVersionError,
} from './errors.ts'
export { createHomeserver, DEFAULT_TIMEOUT_MS } from './homeserver.ts'
export { DEFAULT_MAX_RESPONSE_BYTES, MAX_KEYS_RESPONSE_BYTES } from './read-text.ts'
export { DEFAULT_MAX_RETRIES, MAX_RETRY_AFTER_MS } from './retry.ts'
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

export type {
  AccountDataArgs,
  KeysQueryRequest,
  LoginFlowsResponse,
  PasswordLoginArgs,
} from './account.ts'
export type { VersionArgs } from './backup-versions.ts'
export type { CallOptions } from './call.ts'
export type { AnyTransportError, TransportErrorCode, TransportErrorDetails } from './errors.ts'
export type { FetchFunction, Homeserver, HomeserverOptions } from './homeserver.ts'
export type { RoomArgs, SessionArgs } from './room-keys.ts'
