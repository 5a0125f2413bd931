/** Keys into a store: checked, compared with what is there, and an outcome for each. */
export { IMPORT_BATCH_SIZE, importAll } from './merge/import-all.ts'
export { importKeys } from './merge/import-keys.ts'
export { isSettled, markRefused, markUploaded } from './merge/upload-marks.ts'

export type { ImportAllOptions } from './merge/import-all.ts'
export type { ImportKeysOptions } from './merge/import-keys.ts'
export type {
  ImportOutcome,
  IncomingKey,
  InvalidKey,
  InvalidReason,
  MergedKey,
} from './merge/incoming-key.ts'
export type { SentSession } from './merge/upload-marks.ts'
