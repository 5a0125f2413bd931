/**
 * The decryption key from a passphrase, where old clients left salt and rounds in `auth_data`.
 *
 * @see https://github.com/matrix-org/matrix-spec-proposals/blob/main/proposals/1219-storing-megolm-keys-serverside.md
 */
import { CryptoError, utf8 } from '@roomkeys/crypto/bytes'
import { pbkdf2Sha512, type Pbkdf2Options, type Pbkdf2Parameters } from '@roomkeys/crypto/pbkdf2'
import type { Curve25519AuthData } from '@roomkeys/types'
import { type DecryptionKey, decryptionKeyFromBytes } from './decryption-key.ts'
import { BackupError } from './errors.ts'

const KEY_BITS = 256

function parametersOf(authData: Curve25519AuthData): Pbkdf2Parameters {
  const { private_key_salt: salt, private_key_iterations: rounds } = authData
  if (salt === undefined || rounds === undefined)
    throw new BackupError('no_passphrase', 'This backup was not made with a passphrase')
  if ((authData.private_key_bits ?? KEY_BITS) !== KEY_BITS)
    throw new BackupError('unsupported_passphrase', `The passphrase gives no ${KEY_BITS}-bit key`)
  return { salt: utf8(salt), rounds, length: KEY_BITS / 8 }
}

/**
 * Derives the decryption key of a backup from its passphrase. Whether the passphrase was right shows
 * when the key is matched with the version.
 *
 * @throws BackupError `no_passphrase`, or `unsupported_passphrase` when the server asks for another
 * key length or more rounds than are allowed
 * @throws the signal's reason when it is aborted
 */
export async function decryptionKeyFromPassphrase(
  passphrase: string,
  authData: Curve25519AuthData,
  options?: Pbkdf2Options,
): Promise<DecryptionKey> {
  const parameters = parametersOf(authData)
  try {
    return decryptionKeyFromBytes(await pbkdf2Sha512(passphrase, parameters, options))
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause
    throw new BackupError('unsupported_passphrase', cause.message, { cause })
  }
}
