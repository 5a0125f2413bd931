/**
 * Secrets in account data: one encryption for each key, and whatever else others have put beside them.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#secret-storage
 */
import type { JsonObject } from '@roomkeys/types'
import {
  type CallOptions,
  parseContent,
  readContent,
  type SecretAccountData,
  writeContent,
} from './account-data.ts'
import type { SecretStorageKey } from './key.ts'
import { type StoredSecret, storedSecretSchema } from './schemas.ts'
import { decryptSecret, encryptSecret, type NamedSecret, type RandomOptions } from './secret.ts'

/** How a flow that writes is run. */
export interface WriteOptions extends CallOptions, RandomOptions {}

/** Reads the content of a secret; content without `encrypted` has no encryptions. */
export async function readStored(
  accountData: SecretAccountData,
  name: string,
  options: CallOptions,
): Promise<StoredSecret> {
  const content: JsonObject = (await readContent(accountData, name, options)) ?? {}
  if (!Object.hasOwn(content, 'encrypted')) return { ...content, encrypted: {} }
  return parseContent(storedSecretSchema, content, 'the stored secret')
}

/**
 * Decrypts what is stored under one key; `null` when nothing is.
 *
 * @throws SecretStorageError `malformed_secret` or `mac_mismatch`
 */
export function openStored(
  { encrypted }: StoredSecret,
  name: string,
  { keyId, key }: SecretStorageKey,
): string | null {
  return Object.hasOwn(encrypted, keyId)
    ? decryptSecret(key.expose(), name, encrypted[keyId])
    : null
}

/** The same content with the secret encrypted for these keys; all else stays as it came. */
export function withEncryptions(
  stored: StoredSecret,
  { keys, ...secret }: SecretForKeys,
  options: RandomOptions,
): StoredSecret {
  const encrypted = keys.map(
    ({ keyId, key }) => [keyId, encryptSecret(key.expose(), secret, options)] as const,
  )
  return { ...stored, encrypted: { ...stored.encrypted, ...Object.fromEntries(encrypted) } }
}

/**
 * Reads a secret.
 *
 * @returns `null` when nothing is stored under this name and key
 * @throws SecretStorageError `malformed_account_data`, `malformed_secret` or `mac_mismatch`
 */
export async function readSecret(
  accountData: SecretAccountData,
  { name, key }: { readonly name: string; readonly key: SecretStorageKey },
  options: CallOptions = {},
): Promise<string | null> {
  return openStored(await readStored(accountData, name, options), name, key)
}

/** A secret, and the keys that are to open it. */
export interface SecretForKeys extends NamedSecret {
  /** One or several. */
  readonly keys: readonly SecretStorageKey[]
}

/** What storing a secret did. */
export interface StoredOutcome {
  /** Ids of the keys that open the secret now. */
  readonly written: readonly string[]
  /** Ids of other keys, whose encryptions stay as they came: they may hold an older value. */
  readonly kept: readonly string[]
}

/**
 * Stores a secret for one or several keys. Encryptions for other keys and unknown fields are kept.
 *
 * @throws SecretStorageError `malformed_account_data`: what cannot be read is not overwritten
 * @throws TypeError when no keys are given
 */
export async function storeSecret(
  accountData: SecretAccountData,
  secret: SecretForKeys,
  options: WriteOptions = {},
): Promise<StoredOutcome> {
  const { name, keys } = secret
  if (keys.length === 0) throw new TypeError('keys must not be empty')
  const stored = await readStored(accountData, name, options)
  const content = withEncryptions(stored, secret, options)
  await writeContent(accountData, { type: name, content }, options)
  const written = keys.map(({ keyId }) => keyId)
  return { written, kept: Object.keys(stored.encrypted).filter((id) => !written.includes(id)) }
}
