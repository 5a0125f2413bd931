/**
 * What a pasted key is to secret storage: whether it is the account's storage key, and which backup key
 * it opens there.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#secrets
 */
import { type DecryptionKey, decryptionKeyFromBytes } from '@roomkeys/backup'
import { SecretBytes } from '@roomkeys/crypto/secret'
import {
  checkStorageKey,
  readBackupKey,
  readDefaultKey,
  type SecretAccountData,
  SecretStorageError,
  type SecretStorageKey,
} from '@roomkeys/secret-storage'
import type { Homeserver } from '@roomkeys/transport'
import { whoAmI } from '@roomkeys/transport/account'
import { createAccountData } from './account-data.ts'
import type { CallOptions } from './context.ts'

/** A storage key of the account. */
export interface StorageKey {
  readonly keyId: string
  /** The backup key that is stored under it, or `null` when there is none that can be read. */
  readonly backupKey: DecryptionKey | null
}

/** Secret storage that cannot be read identifies no key; a failing server does not say that it cannot. */
async function readable<T>(read: Promise<T | null>): Promise<T | null> {
  try {
    return await read
  } catch (error) {
    if (error instanceof SecretStorageError) return null
    throw error
  }
}

/** The default storage key, if its check says that this is it. */
async function defaultKey(
  accountData: SecretAccountData,
  bytes: Uint8Array,
  options: CallOptions,
): Promise<SecretStorageKey | null> {
  const described = await readable(readDefaultKey(accountData, options))
  if (described === null) return null
  const check = checkStorageKey(bytes, described.description)
  return check === 'match' ? { ...described, key: new SecretBytes(bytes), check } : null
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
  const accountData = createAccountData(homeserver, userId)
  const storageKey = await defaultKey(accountData, key, options)
  if (storageKey === null) return null
  const stored = await readable(readBackupKey(accountData, storageKey, options))
  storageKey.key.destroy()
  const backupKey = stored === null ? null : decryptionKeyFromBytes(stored.expose())
  return { keyId: storageKey.keyId, backupKey }
}
