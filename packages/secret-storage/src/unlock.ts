/**
 * Unlocking: the account's default key, opened by what a person typed.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#key-storage
 */
import { assertBytes } from '@roomkeys/crypto/bytes'
import { KEY_TEXT_KEY_LENGTH } from '@roomkeys/crypto/key-text'
import type { Pbkdf2Options } from '@roomkeys/crypto/pbkdf2'
import { SecretBytes } from '@roomkeys/crypto/secret'
import { idProblem } from '@roomkeys/types'
import {
  type CallOptions,
  parseContent,
  readContent,
  type SecretAccountData,
  writeContent,
} from './account-data.ts'
import { SecretStorageError } from './errors.ts'
import { checkStorageKey } from './key-check.ts'
import { decodeStorageKey, type DescribedKey, type SecretStorageKey } from './key.ts'
import { storageKeyFromPassphrase } from './passphrase.ts'
import {
  AES_HMAC_SHA2,
  DEFAULT_KEY_TYPE,
  defaultKeySchema,
  keyDescriptionSchema,
  keyDescriptionType,
} from './schemas.ts'

/** The account data type of a description, if it can be one: key ids are chosen by others. */
function typeOf(keyId: string): string {
  const type = keyDescriptionType(keyId)
  if (idProblem(type) !== null)
    throw new SecretStorageError('malformed_account_data', 'No account data can have this key id')
  return type
}

/**
 * The id of the default key, or `null` when the account has none.
 *
 * @throws SecretStorageError `malformed_account_data`
 */
export async function readDefaultKeyId(
  accountData: SecretAccountData,
  options: CallOptions = {},
): Promise<string | null> {
  const content = await readContent(accountData, DEFAULT_KEY_TYPE, options)
  return content === null ? null : parseContent(defaultKeySchema, content, 'the default key').key
}

/**
 * The description of a key, or `null` when the account has none.
 *
 * @throws SecretStorageError `malformed_account_data`
 */
export async function readKey(
  accountData: SecretAccountData,
  keyId: string,
  options: CallOptions = {},
): Promise<DescribedKey | null> {
  const content = await readContent(accountData, typeOf(keyId), options)
  if (content === null) return null
  return { keyId, description: parseContent(keyDescriptionSchema, content, 'the description') }
}

/**
 * The default key and its description, or `null` when the account has no default key.
 *
 * @throws SecretStorageError `malformed_account_data`, or `no_key_description` when the default key is
 * not described
 */
export async function readDefaultKey(
  accountData: SecretAccountData,
  options: CallOptions = {},
): Promise<DescribedKey | null> {
  const keyId = await readDefaultKeyId(accountData, options)
  if (keyId === null) return null
  const described = await readKey(accountData, keyId, options)
  if (described !== null) return described
  throw new SecretStorageError('no_key_description', 'The default key is not described')
}

/** What a person has of a key. */
export type GivenKey =
  | { readonly passphrase: string }
  /** The text form. */
  | { readonly text: string }
  /** 32 bytes. */
  | { readonly bytes: Uint8Array }

async function bytesOf(
  given: GivenKey,
  { description }: DescribedKey,
  options: Pbkdf2Options,
): Promise<SecretBytes> {
  if ('passphrase' in given) return storageKeyFromPassphrase(given.passphrase, description, options)
  if ('text' in given) return decodeStorageKey(given.text)
  return new SecretBytes(assertBytes(given.bytes, KEY_TEXT_KEY_LENGTH, 'bytes'))
}

/**
 * Opens a described key.
 *
 * @throws SecretStorageError `wrong_key` when the key check says so, `unsupported_algorithm`,
 * `no_passphrase`, `unsupported_passphrase` or `malformed_account_data`
 * @throws CryptoError `key_text_character`, `key_text_length`, `key_text_prefix` or
 * `key_text_parity`: what kind of typo a text has
 * @throws the signal's reason when it is aborted
 */
export async function unlockKey(
  described: DescribedKey,
  given: GivenKey,
  options: Pbkdf2Options = {},
): Promise<SecretStorageKey> {
  const { keyId, description } = described
  if (description.algorithm !== AES_HMAC_SHA2)
    throw new SecretStorageError('unsupported_algorithm', 'The key is of an unknown algorithm')
  const key = await bytesOf(given, described, options)
  const check = checkStorageKey(key.expose(), description)
  if (check !== 'mismatch') return { keyId, description, key, check }
  key.destroy()
  throw new SecretStorageError('wrong_key', 'This is not the key of the description')
}

/**
 * Opens the account's default key. No secret is touched before the key is known to be right, or, where
 * the description has no check, assumed to be: `check` of the result says which.
 *
 * @throws SecretStorageError `no_default_key`, `no_key_description`, or as {@link unlockKey}
 * @throws CryptoError as {@link unlockKey}
 * @throws the signal's reason when it is aborted
 */
export async function unlockDefaultKey(
  accountData: SecretAccountData,
  given: GivenKey,
  options: Pbkdf2Options = {},
): Promise<SecretStorageKey> {
  const described = await readDefaultKey(accountData, options)
  if (described !== null) return unlockKey(described, given, options)
  throw new SecretStorageError('no_default_key', 'The account has no default key')
}

/**
 * Writes the description of a key, unless the account has it.
 *
 * @throws SecretStorageError `wrong_key` when the account has another key under this id, or
 * `malformed_account_data`
 */
export async function writeKey(
  accountData: SecretAccountData,
  { keyId, key, description }: SecretStorageKey,
  options: CallOptions = {},
): Promise<void> {
  const there = await readKey(accountData, keyId, options)
  if (there === null) {
    await writeContent(accountData, { type: typeOf(keyId), content: description }, options)
    return
  }
  if (checkStorageKey(key.expose(), there.description) === 'mismatch')
    throw new SecretStorageError('wrong_key', 'The account has another key under this id')
}

/**
 * Makes a key the default one. Write its description and its secrets first.
 */
export async function writeDefaultKeyId(
  accountData: SecretAccountData,
  keyId: string,
  options: CallOptions = {},
): Promise<void> {
  await writeContent(accountData, { type: DEFAULT_KEY_TYPE, content: { key: keyId } }, options)
}
