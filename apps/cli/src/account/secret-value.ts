/** What is stored as a secret: checked where a wrong value would break the account. */
import { decryptionKeyFromBytes } from '@roomkeys/backup'
import { BACKUP_KEY_SECRET, decodeBackupKey, encodeBackupKey } from '@roomkeys/secret-storage'
import type { BackupVersionInfo } from '@roomkeys/types'
import { opensVersion } from './identify.ts'
import { decodeKeyForm } from './key-forms.ts'

/**
 * The value to store. A backup key may come in the form that people have.
 *
 * @throws CryptoError what kind of typo a backup key has
 */
export function secretValue(name: string, text: string): string {
  if (name !== BACKUP_KEY_SECRET) return text
  return encodeBackupKey(decodeKeyForm(text).privateKey.expose())
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
