/** Decrypting a v1 entry. */
import { aesCbcDecrypt } from '@roomkeys/crypto/aes'
import { type Bytes, CryptoError } from '@roomkeys/crypto/bytes'
import type {
  DecryptedSession,
  DecryptParameters,
  EncryptedSession,
  MacKind,
  MacPolicy,
} from '../algorithm.ts'
import { EntryError } from '../errors.ts'
import { macKindOf } from './mac.ts'
import { deriveSessionKeys, type SessionKeys } from './session-keys.ts'

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

function decryptCiphertext({ aesKey, iv }: SessionKeys, ciphertext: Bytes): Bytes {
  try {
    return aesCbcDecrypt({ key: aesKey, iv }, ciphertext)
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause
    throw new EntryError('bad_ciphertext', 'The ciphertext is damaged', { cause })
  }
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
