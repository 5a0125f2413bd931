/** Room key bundles: history that is shared with somebody who is invited. */
export { buildRoomKeyBundle } from './build.ts'
export { BundleEntryError, KeyBundleError } from './errors.ts'
export { readRoomKeyBundle } from './read.ts'
export {
  encryptRoomKeyBundle,
  MAX_BUNDLE_LENGTH,
  openRoomKeyBundle,
  parseRoomKeyBundleContent,
  roomKeyBundleContent,
} from './seal.ts'
export { isShareable } from './shareable.ts'
export {
  HISTORY_NOT_SHARED,
  historicRoomKeySchema,
  ROOM_KEY_BUNDLE,
  roomKeyBundleContentSchema,
  roomKeyWithheldSchema,
  UNSTABLE_ROOM_KEY_BUNDLE,
} from './wire.ts'

export type { BuildNote, BuildOptions, BuildOutcome, BuiltBundle } from './build.ts'
export type { FailedEntry } from './entry.ts'
export type { EntryFailure, KeyBundleErrorCode } from './errors.ts'
export type { BundleNote, OpenedKey, ReadBundle, ReadOptions, WithheldKey } from './read.ts'
export type { OpenOptions, UploadedBundle } from './seal.ts'
export type {
  HistoricRoomKey,
  RoomKeyBundle,
  RoomKeyBundleContent,
  RoomKeyWithheld,
} from './wire.ts'
