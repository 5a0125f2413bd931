/** What is stored as a secret: checked where a wrong value would break the account. */
import { decodeDecryptionKey, decryptionKeyFromBytes } from '@roomkeys/backup'
import {
  BACKUP_KEY_SECRET,
  decodeBackupKey,
  encodeBackupKey,
  SecretStorageError,
} from '@roomkeys/secret-storage'
import type { BackupVersionInfo } from '@roomkeys/types'
import { CliError } from '../errors.ts'
import { opensVersion } from './identify.ts'

/** The form that backup keys have in secret storage; people have the other one, with blanks in it. */
function backupKeyValue(text: string): string {
  if (/\s/.test(text.trim()) || /^E[sS]/.test(text)) {
    const { privateKey } = decodeDecryptionKey(text)
    return encodeBackupKey(privateKey.expose())
  }
  return encodeBackupKey(decodeBackupKey(text.trim()).expose())
}

/**
 * The value to store.
 *
 * @throws CliError `wrong_key` for a backup key that is none; CryptoError what kind of typo it has
 */
export function secretValue(name: string, text: string): string {
  if (name !== BACKUP_KEY_SECRET) return text
  try {
    return backupKeyValue(text)
  } catch (error) {
    if (!(error instanceof SecretStorageError)) throw error
    throw new CliError('wrong_key', 'This is no backup key.', { cause: error })
  }
}

/** What a person has to know of a value before it is stored. */
export function valueWarning(
  name: string,
  value: string,
  current: BackupVersionInfo | null,
): string | null {
  if (name !== BACKUP_KEY_SECRET || current === null) return null
  const key = decryptionKeyFromBytes(decodeBackupKey(value).expose())
  if (opensVersion(current, key)) return null
  return `This key does not open the current backup (version ${current.version}): clients would not be able to read it.`
}
