/**
 * The backup's decryption key in secret storage.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#recovery-key
 */
import { decodeBase64, encodeBase64 } from '@roomkeys/crypto/base64'
import { assertBytes, CryptoError } from '@roomkeys/crypto/bytes'
import { SecretBytes } from '@roomkeys/crypto/secret'
import type { CallOptions, SecretAccountData } from './account-data.ts'
import { SecretStorageError } from './errors.ts'
import type { SecretStorageKey } from './key.ts'
import { BACKUP_KEY_SECRET } from './schemas.ts'
import { readSecret, storeSecret, type StoredOutcome, type WriteOptions } from './stored-secret.ts'

/** Length of a decryption key, in bytes. */
const BACKUP_KEY_LENGTH = 32

/**
 * Reads a backup key as secrets hold it.
 *
 * @throws SecretStorageError `malformed_secret` when it is not the base64 of 32 bytes
 */
export function decodeBackupKey(secret: string): SecretBytes {
  try {
    const bytes = decodeBase64(secret)
    if (bytes.length === BACKUP_KEY_LENGTH) return new SecretBytes(bytes)
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause
    throw new SecretStorageError('malformed_secret', 'The backup key is not base64', { cause })
  }
  throw new SecretStorageError(
    'malformed_secret',
    `The backup key is not ${BACKUP_KEY_LENGTH} bytes`,
  )
}

/** A backup key as secrets hold it. */
export function encodeBackupKey(backupKey: Uint8Array): string {
  return encodeBase64(assertBytes(backupKey, BACKUP_KEY_LENGTH, 'backupKey'))
}

/**
 * Reads the backup's decryption key. Whether it is the backup's, its public key tells.
 *
 * @returns 32 bytes, or `null` when none is stored under this key
 * @throws SecretStorageError `malformed_account_data`, `malformed_secret` or `mac_mismatch`
 */
export async function readBackupKey(
  accountData: SecretAccountData,
  key: SecretStorageKey,
  options: CallOptions = {},
): Promise<SecretBytes | null> {
  const secret = await readSecret(accountData, { name: BACKUP_KEY_SECRET, key }, options)
  return secret === null ? null : decodeBackupKey(secret)
}

/** A backup key, and the storage keys that are to open it. */
export interface BackupKeyForKeys {
  /** 32 bytes. */
  readonly backupKey: Uint8Array
  /** One or several. */
  readonly keys: readonly SecretStorageKey[]
}

/**
 * Stores the backup's decryption key. The one that was there is overwritten: where a version with that
 * one may still exist, use `replaceBackupKey`.
 *
 * @throws SecretStorageError `malformed_account_data`
 */
export async function storeBackupKey(
  accountData: SecretAccountData,
  { backupKey, keys }: BackupKeyForKeys,
  options: WriteOptions = {},
): Promise<StoredOutcome> {
  const secret = encodeBackupKey(backupKey)
  return storeSecret(accountData, { name: BACKUP_KEY_SECRET, secret, keys }, options)
}
