/** The two forms of a backup key: the text that people write down, and what secret storage holds. */
import { decodeDecryptionKey, type DecryptionKey, decryptionKeyFromBytes } from '@roomkeys/backup'
import { decodeBackupKey } from '@roomkeys/secret-storage'

/** The base64 of 32 bytes; the text form is longer, also without its blanks. */
const STORED_FORM = /^[A-Za-z0-9+/]{43}=?$/

/**
 * Reads a key in either form: `secret get m.megolm_backup.v1` writes the stored one.
 *
 * @throws CryptoError what kind of typo the text form has; SecretStorageError for a stored form that is none
 */
export function decodeKeyForm(text: string): DecryptionKey {
  const stored = text.trim()
  if (!STORED_FORM.test(stored)) return decodeDecryptionKey(text)
  return decryptionKeyFromBytes(decodeBackupKey(stored).expose())
}
