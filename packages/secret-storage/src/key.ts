/**
 * Storage keys: made, written for people, and described.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#key-storage
 */
import { assertBytes, randomBytes } from '@roomkeys/crypto/bytes'
import { decodeKeyText, encodeKeyText, KEY_TEXT_KEY_LENGTH } from '@roomkeys/crypto/key-text'
import type { Pbkdf2Options } from '@roomkeys/crypto/pbkdf2'
import { SecretBytes } from '@roomkeys/crypto/secret'
import { makeKeyCheck } from './key-check.ts'
import { DEFAULT_KEY_BITS, deriveKey } from './passphrase.ts'
import { AES_HMAC_SHA2, type KeyDescription, type PassphraseInfo, PBKDF2 } from './schemas.ts'
import type { RandomOptions } from './secret.ts'

/** Rounds of a new key from a passphrase, as other clients choose them. */
export const DEFAULT_PBKDF2_ROUNDS = 500_000

/** A key of the account, with its description. */
export interface DescribedKey {
  readonly keyId: string
  /** Account data `m.secret_storage.key.<keyId>`, as it came. */
  readonly description: KeyDescription
}

/** A key that opens secrets. */
export interface SecretStorageKey extends DescribedKey {
  readonly key: SecretBytes
  /** `unknown`: the description has no check that can be read, so the key is only assumed to be right. */
  readonly check: 'match' | 'unknown'
}

/** What a description says besides its check. */
export interface DescriptionOptions extends RandomOptions {
  /** A name for people. */
  readonly name?: string
  readonly passphrase?: PassphraseInfo
}

/** Describes a key, with its check. */
export function describeKey(
  storageKey: Uint8Array,
  { name, passphrase, ...options }: DescriptionOptions = {},
): KeyDescription {
  return {
    ...(name === undefined ? {} : { name }),
    algorithm: AES_HMAC_SHA2,
    ...(passphrase === undefined ? {} : { passphrase }),
    ...makeKeyCheck(storageKey, options),
  }
}

/** 32 characters that hold 128 random bits. */
function randomText({ random = randomBytes }: RandomOptions): string {
  return Array.from(random(16), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function describedKey(key: SecretBytes, options: DescriptionOptions): SecretStorageKey {
  const description = describeKey(key.expose(), options)
  return { keyId: randomText(options), key, description, check: 'match' }
}

/** How a key is made. */
export interface CreateKeyOptions extends RandomOptions {
  /** A name for people. */
  readonly name?: string
  /** 32 bytes, from a text form for example; random when absent. */
  readonly key?: Uint8Array
}

/** Makes a key with a random id. Nothing is written. */
export function createStorageKey({ key, ...options }: CreateKeyOptions = {}): SecretStorageKey {
  const { random = randomBytes } = options
  const bytes = assertBytes(key ?? random(KEY_TEXT_KEY_LENGTH), KEY_TEXT_KEY_LENGTH, 'key')
  return describedKey(new SecretBytes(bytes), options)
}

/** How a key is made from a passphrase. */
export interface CreateFromPassphraseOptions extends RandomOptions, Pbkdf2Options {
  /** A name for people. */
  readonly name?: string
  /** {@link DEFAULT_PBKDF2_ROUNDS} when absent. */
  readonly rounds?: number
}

/**
 * Makes a key of 256 bits from a passphrase, with a random salt and a random id. Nothing is written.
 *
 * @throws SecretStorageError `unsupported_passphrase` when the rounds are out of range
 * @throws the signal's reason when it is aborted
 */
export async function createStorageKeyFromPassphrase(
  passphrase: string,
  { name, rounds = DEFAULT_PBKDF2_ROUNDS, ...options }: CreateFromPassphraseOptions = {},
): Promise<SecretStorageKey> {
  const salt = randomText(options)
  const info = { algorithm: PBKDF2, salt, iterations: rounds, bits: DEFAULT_KEY_BITS }
  const key = await deriveKey(passphrase, info, options)
  const { random } = options
  return describedKey(key, {
    passphrase: info,
    ...(name === undefined ? {} : { name }),
    ...(random === undefined ? {} : { random }),
  })
}

/**
 * The text form that a person writes down.
 *
 * @throws TypeError for a key from a passphrase that has not 32 bytes: it has no text form
 */
export function encodeStorageKey({ key }: SecretStorageKey): string {
  return encodeKeyText(key.expose())
}

/**
 * Reads the text form.
 *
 * @throws CryptoError `key_text_character`, `key_text_length`, `key_text_prefix` or
 * `key_text_parity`: what kind of typo it is
 */
export function decodeStorageKey(text: string): SecretBytes {
  return new SecretBytes(decodeKeyText(text))
}
