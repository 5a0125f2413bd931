/** Decrypting a v2 entry. */
import type { DecryptedSession, DecryptParameters, EncryptedSession } from '../algorithm.ts'
import { requireValid } from '../curve25519/backup-mac.ts'
import { decryptCiphertext } from '../curve25519/cbc.ts'
import { deriveSessionKeys } from '../curve25519/session-keys.ts'

/**
 * Decrypts what is authentic, and nothing else.
 *
 * @throws EntryError `bad_ciphertext`
 */
export function decrypt(
  { ciphertext, backupMac }: EncryptedSession,
  { sharedSecret }: DecryptParameters,
): DecryptedSession {
  requireValid(backupMac)
  const plaintext = decryptCiphertext(deriveSessionKeys(sharedSecret), ciphertext)
  return { plaintext, mac: 'backup_mac' }
}
