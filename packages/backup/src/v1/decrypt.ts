/** Decrypting a v1 entry. */
import type { Bytes } from '@roomkeys/crypto/bytes'
import type {
  DecryptedSession,
  DecryptParameters,
  EncryptedSession,
  MacKind,
  MacPolicy,
} from '../algorithm.ts'
import { decryptCiphertext } from '../curve25519/cbc.ts'
import { deriveSessionKeys } from '../curve25519/session-keys.ts'
import { EntryError } from '../errors.ts'
import { macKindOf } from './mac.ts'

function checkMac(encrypted: EncryptedSession, macKey: Bytes, policy: MacPolicy): MacKind {
  const kind = macKindOf(encrypted, macKey)
  if (kind === null)
    throw new EntryError('mac_mismatch', 'The entry is encrypted to another key, or damaged')
  if (kind === 'intended' && policy !== 'libolm_or_intended')
    throw new EntryError(
      'mac_over_ciphertext',
      'The MAC is over the ciphertext, which is not accepted',
    )
  return kind
}

/**
 * Checks the MAC and decrypts.
 *
 * @throws EntryError `mac_mismatch`, `mac_over_ciphertext` or `bad_ciphertext`
 */
export function decrypt(
  encrypted: EncryptedSession,
  { sharedSecret, macPolicy }: DecryptParameters,
): DecryptedSession {
  const keys = deriveSessionKeys(sharedSecret)
  const mac = checkMac(encrypted, keys.macKey, macPolicy)
  return { plaintext: decryptCiphertext(keys, encrypted.ciphertext), mac }
}
