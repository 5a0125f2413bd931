/**
 * The backup protocol without a network: keys, algorithms as values, and an outcome for every entry.
 */
export {
  decodeDecryptionKey,
  decryptionKeyFromBytes,
  encodeDecryptionKey,
  generateDecryptionKey,
} from './decryption-key.ts'
export { entriesOf } from './entry.ts'
export { BackupError, EntryError } from './errors.ts'
export { matchKey, readVersion } from './match-key.ts'
export { openEntries } from './open-entries.ts'
export { decryptionKeyFromPassphrase } from './passphrase.ts'
export { parsePlaintext, serialisePlaintext } from './plaintext.ts'

export type {
  BackupAlgorithm,
  DecryptedSession,
  DecryptParameters,
  EncryptedSession,
  MacKind,
  MacPolicy,
} from './algorithm.ts'
export type { DecryptionKey } from './decryption-key.ts'
export type { BackupEntry, EntryNote, EntryOutcome, FailedEntry, OpenedEntry } from './entry.ts'
export type { BackupErrorCode, FailureReason } from './errors.ts'
export type { KeyMatch, KnownVersion } from './match-key.ts'
export type { OpenEntriesOptions } from './open-entries.ts'
export type { ParsedPlaintext } from './plaintext.ts'
