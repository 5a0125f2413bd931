/**
 * What a pasted key is to secret storage: whether it is the account's storage key, and which backup key
 * it opens there.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#secrets
 */
import { type DecryptionKey, decryptionKeyFromBytes } from '@roomkeys/backup'
import { decodeBase64 } from '@roomkeys/crypto/base64'
import { CryptoError } from '@roomkeys/crypto/bytes'
import { X25519_KEY_LENGTH } from '@roomkeys/crypto/x25519'
import {
  BACKUP_KEY_SECRET,
  checkStorageKey,
  decryptSecret,
  DEFAULT_KEY_TYPE,
  defaultKeySchema,
  keyDescriptionSchema,
  keyDescriptionType,
  SecretStorageError,
  storedSecretSchema,
} from '@roomkeys/secret-storage'
import type { Homeserver } from '@roomkeys/transport'
import { getAccountData, whoAmI } from '@roomkeys/transport/account'
import { idProblem, parseWire, WireShapeError, type WireSchema } from '@roomkeys/types'
import type { CallOptions } from './context.ts'

/** A storage key of the account. */
export interface StorageKey {
  readonly keyId: string
  /** The backup key that is stored under it, or `null` when there is none that can be read. */
  readonly backupKey: DecryptionKey | null
}

/** Reads account data of one user. */
type ReadAccountData = (type: string) => Promise<unknown>

/** Content that is absent, or not of its shape, identifies no key. */
function parsed<T>(schema: WireSchema<T>, content: unknown): T | null {
  try {
    return content === null ? null : parseWire(schema, content, 'account data')
  } catch (error) {
    if (error instanceof WireShapeError) return null
    throw error
  }
}

/** The id of the default storage key, if this is it. */
async function defaultKeyId(read: ReadAccountData, key: Uint8Array): Promise<string | null> {
  const defaultKey = parsed(defaultKeySchema, await read(DEFAULT_KEY_TYPE))
  if (defaultKey === null) return null
  const type = keyDescriptionType(defaultKey.key)
  if (idProblem(type) !== null) return null
  const description = parsed(keyDescriptionSchema, await read(type))
  if (description === null) return null
  return checkStorageKey(key, description) === 'match' ? defaultKey.key : null
}

/** A decryption key as the secret holds it: base64 of 32 bytes; `null` when it is not. */
function decodeSecret(storageKey: Uint8Array, encrypted: unknown): DecryptionKey | null {
  try {
    const bytes = decodeBase64(decryptSecret(storageKey, BACKUP_KEY_SECRET, encrypted))
    return bytes.length === X25519_KEY_LENGTH ? decryptionKeyFromBytes(bytes) : null
  } catch (error) {
    if (error instanceof SecretStorageError || error instanceof CryptoError) return null
    throw error
  }
}

async function storedBackupKey(
  read: ReadAccountData,
  storageKey: Uint8Array,
  keyId: string,
): Promise<DecryptionKey | null> {
  const secret = parsed(storedSecretSchema, await read(BACKUP_KEY_SECRET))
  if (secret === null || !Object.hasOwn(secret.encrypted, keyId)) return null
  return decodeSecret(storageKey, secret.encrypted[keyId])
}

/**
 * The account's default storage key, if the key is that one, else `null`.
 *
 * @param key - 32 bytes
 * @throws TransportError
 */
export async function findStorageKey(
  homeserver: Homeserver,
  key: Uint8Array,
  options: CallOptions = {},
): Promise<StorageKey | null> {
  const { user_id: userId } = await whoAmI(homeserver, options)
  const read: ReadAccountData = (type) => getAccountData(homeserver, { userId, type }, options)
  const keyId = await defaultKeyId(read, key)
  return keyId === null ? null : { keyId, backupKey: await storedBackupKey(read, key, keyId) }
}
