/** Secret storage of Matrix accounts: keys, and the secrets that they open. */
export { decodeBackupKey, encodeBackupKey, readBackupKey, storeBackupKey } from './backup-key.ts'
export { SecretStorageError } from './errors.ts'
export { checkStorageKey, makeKeyCheck } from './key-check.ts'
export {
  createStorageKey,
  createStorageKeyFromPassphrase,
  decodeStorageKey,
  DEFAULT_PBKDF2_ROUNDS,
  describeKey,
  encodeStorageKey,
} from './key.ts'
export {
  DEFAULT_KEY_BITS,
  MAX_KEY_BITS,
  MIN_KEY_BITS,
  storageKeyFromPassphrase,
} from './passphrase.ts'
export {
  AES_HMAC_SHA2,
  BACKUP_KEY_SECRET,
  DEFAULT_KEY_TYPE,
  defaultKeySchema,
  encryptedSecretSchema,
  keyDescriptionSchema,
  keyDescriptionType,
  passphraseInfoSchema,
  PBKDF2,
  storedSecretSchema,
} from './schemas.ts'
export { decryptSecret, encryptSecret } from './secret.ts'
export { readSecret, storeSecret } from './stored-secret.ts'
export {
  dropSupersededBackupKeys,
  keepSupersededBackupKey,
  MAX_SUPERSEDED_BACKUP_KEYS,
  parseSupersededBackupKeys,
  readSupersededBackupKeys,
  replaceBackupKey,
  SUPERSEDED_BACKUP_KEYS_SECRET,
} from './superseded-backup-keys.ts'
export {
  readDefaultKey,
  readDefaultKeyId,
  readKey,
  unlockDefaultKey,
  unlockKey,
  writeDefaultKeyId,
  writeKey,
} from './unlock.ts'

export type { CallOptions, SecretAccountData } from './account-data.ts'
export type { BackupKeyForKeys } from './backup-key.ts'
export type { SecretStorageErrorCode } from './errors.ts'
export type { KeyCheck } from './key-check.ts'
export type {
  CreateFromPassphraseOptions,
  CreateKeyOptions,
  DescribedKey,
  DescriptionOptions,
  SecretStorageKey,
} from './key.ts'
export type {
  DefaultKey,
  EncryptedSecret,
  KeyDescription,
  PassphraseInfo,
  StoredSecret,
} from './schemas.ts'
export type { NamedSecret, RandomOptions } from './secret.ts'
export type { SecretForKeys, StoredOutcome, WriteOptions } from './stored-secret.ts'
export type {
  ReplaceBackupKey,
  SupersededBackupKey,
  SupersededForKeys,
} from './superseded-backup-keys.ts'
export type { GivenKey } from './unlock.ts'
