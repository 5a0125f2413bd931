/**
 * The MAC key of a backup (MSC4048): whoever has it writes entries that the owner accepts. It reads
 * none, so that a client can be given it, and the public key, without the past.
 *
 * @see https://github.com/matrix-org/matrix-spec-proposals/pull/4048
 */
import { utf8 } from '@roomkeys/crypto/bytes'
import { hkdfSha256 } from '@roomkeys/crypto/hkdf'
import { SecretBytes } from '@roomkeys/crypto/secret'
import type { DecryptionKey } from './decryption-key.ts'

/** Length of a MAC key, in bytes. */
export const MAC_KEY_LENGTH = 32

const INFO = 'MATRIX_BACKUP_MAC_KEY'

/** The MAC key of a decryption key: HKDF-SHA-256 of its bytes as they are, not clamped. */
export function backupMacKey({ privateKey }: DecryptionKey): SecretBytes {
  const derived = hkdfSha256(privateKey.expose(), { info: utf8(INFO), length: MAC_KEY_LENGTH })
  const macKey = new SecretBytes(derived)
  derived.fill(0)
  return macKey
}
