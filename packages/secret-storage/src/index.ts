/**
 * Secret storage of Matrix accounts: recognising the key that a person pasted, and reading the secret
 * that it opens.
 */
export { SecretStorageError } from './errors.ts'
export { checkStorageKey } from './key-check.ts'
export {
  AES_HMAC_SHA2,
  BACKUP_KEY_SECRET,
  DEFAULT_KEY_TYPE,
  defaultKeySchema,
  encryptedSecretSchema,
  keyDescriptionSchema,
  keyDescriptionType,
  storedSecretSchema,
} from './schemas.ts'
export { decryptSecret } from './secret.ts'

export type { SecretStorageErrorCode } from './errors.ts'
export type { KeyCheck } from './key-check.ts'
export type { DefaultKey, EncryptedSecret, KeyDescription, StoredSecret } from './schemas.ts'
