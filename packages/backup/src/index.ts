/**
 * The backup protocol without a network: keys, algorithms as values, and an outcome for every entry.
 */
export {
  decodeDecryptionKey,
  decryptionKeyFromBytes,
  encodeDecryptionKey,
  generateDecryptionKey,
} from './decryption-key.ts'
export { encryptionKeyFor, encryptionKeyOf } from './encryption-key.ts'
export { entriesOf } from './entry.ts'
export { BackupError, EntryError } from './errors.ts'
export { backupMacKey } from './mac-key.ts'
export { matchKey, readVersion } from './match-key.ts'
export { openEntries } from './open-entries.ts'
export { decryptionKeyFromPassphrase } from './passphrase.ts'
export { parsePlaintext, serialisePlaintext } from './plaintext.ts'
export { provenanceOf } from './provenance.ts'
export { sealEntries } from './seal-entries.ts'

export type {
  BackupAlgorithm,
  BackupMacCheck,
  BackupMacFact,
  DecryptedSession,
  DecryptParameters,
  EncryptedSession,
  EncryptParameters,
  MacKind,
  MacPolicy,
} from './algorithm.ts'
export type { DecryptionKey } from './decryption-key.ts'
export type { EncryptionKey } from './encryption-key.ts'
export type { BackupEntry, EntryNote, EntryOutcome, FailedEntry, OpenedEntry } from './entry.ts'
export type { BackupErrorCode, FailureReason } from './errors.ts'
export type { KeyMatch, KnownVersion } from './match-key.ts'
export type { OpenEntries, OpenEntriesOptions } from './open-entries.ts'
export type { ParsedPlaintext } from './plaintext.ts'
export type { ProvenanceOptions } from './provenance.ts'
export type { SealEntries, SealEntriesOptions } from './seal-entries.ts'
export type { SealedEntry, SealOutcome, SessionToSeal } from './seal-entry.ts'
export type { Unauthenticated } from './unauthenticated.ts'
