/** The ports of the protocol: what a server, a store, a vault and a clock must be able to do. */
export { ApiError } from './ports/api-error.ts'
export { systemClock } from './ports/system-clock.ts'

export type { ApiErrorCode, ApiErrorDetails } from './ports/api-error.ts'
export type { Clock, Jitter } from './ports/clock.ts'
export type { Journal } from './ports/journal.ts'
export type {
  RoomKeyStore,
  StoreCounts,
  StoredCopy,
  StoredSession,
  UpdateDecision,
  UploadMark,
} from './ports/room-key-store.ts'
export type {
  ApiCallOptions,
  ReadKeysOptions,
  RoomKeysApi,
  SessionAddress,
  UploadEntry,
} from './ports/room-keys-api.ts'
export type { SecretVault } from './ports/secret-vault.ts'
