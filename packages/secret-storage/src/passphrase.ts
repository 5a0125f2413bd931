/**
 * Storage keys from passphrases: `m.pbkdf2`, with what the key's description says.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#deriving-keys-from-passphrases
 */
import { CryptoError, utf8 } from '@roomkeys/crypto/bytes'
import { pbkdf2Sha512, type Pbkdf2Options, type Pbkdf2Parameters } from '@roomkeys/crypto/pbkdf2'
import { SecretBytes } from '@roomkeys/crypto/secret'
import { parseContent } from './account-data.ts'
import { SecretStorageError } from './errors.ts'
import {
  type KeyDescription,
  type PassphraseInfo,
  passphraseInfoSchema,
  PBKDF2,
} from './schemas.ts'

/** Length of a key whose description does not say it, and of every new one. */
export const DEFAULT_KEY_BITS = 256

/** A shorter key could be guessed, and it is the server that says how long it is. */
export const MIN_KEY_BITS = 128

/** One block of SHA-512. */
export const MAX_KEY_BITS = 512

function parametersOf({ algorithm, salt, iterations, bits }: PassphraseInfo): Pbkdf2Parameters {
  if (algorithm !== PBKDF2)
    throw new SecretStorageError('unsupported_passphrase', `The derivation is not ${PBKDF2}`)
  const length = (bits ?? DEFAULT_KEY_BITS) / 8
  if (!Number.isInteger(length) || length * 8 < MIN_KEY_BITS || length * 8 > MAX_KEY_BITS)
    throw new SecretStorageError(
      'unsupported_passphrase',
      `The key must have whole bytes, from ${MIN_KEY_BITS} to ${MAX_KEY_BITS} bits`,
    )
  return { salt: utf8(salt), rounds: iterations, length }
}

/**
 * Derives a key.
 *
 * @throws SecretStorageError `unsupported_passphrase`
 * @throws the signal's reason when it is aborted
 */
export async function deriveKey(
  passphrase: string,
  info: PassphraseInfo,
  options: Pbkdf2Options,
): Promise<SecretBytes> {
  const parameters = parametersOf(info)
  try {
    return new SecretBytes(await pbkdf2Sha512(passphrase, parameters, options))
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause
    throw new SecretStorageError('unsupported_passphrase', cause.message, { cause })
  }
}

/**
 * Derives the key of a description from its passphrase. Whether the passphrase was right shows in the
 * key check.
 *
 * @throws SecretStorageError `no_passphrase`; `malformed_account_data`; or `unsupported_passphrase` when
 * the description asks for another derivation, for a key length outside {@link MIN_KEY_BITS} to
 * {@link MAX_KEY_BITS}, or for more rounds than are allowed
 * @throws the signal's reason when it is aborted
 */
export async function storageKeyFromPassphrase(
  passphrase: string,
  description: KeyDescription,
  options: Pbkdf2Options = {},
): Promise<SecretBytes> {
  const info = description['passphrase']
  if (info === undefined)
    throw new SecretStorageError('no_passphrase', 'This key was not made with a passphrase')
  return deriveKey(passphrase, parseContent(passphraseInfoSchema, info, 'passphrase'), options)
}
