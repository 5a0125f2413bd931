/** The master key of the account, out of secret storage: it signs new backup versions. */
import { decodeSeed, openSigningKey, type SigningKey } from '@roomkeys/cross-signing'
import { readSecret, type SecretAccountData, type SecretStorageKey } from '@roomkeys/secret-storage'
import type { Homeserver } from '@roomkeys/transport'
import { queryKeys } from '@roomkeys/transport/account'

/** The secret that holds the seed of the master key. */
const MASTER_KEY_SECRET = 'm.cross_signing.master'

/** Where the master key is. */
export interface MasterKeyPlace {
  readonly homeserver: Homeserver
  readonly userId: string
  readonly accountData: SecretAccountData
  readonly storageKey: SecretStorageKey
}

/**
 * The master key, checked against the published one, or `null` when either is not there.
 *
 * @throws CrossSigningError when the two do not belong together; SecretStorageError; TransportError
 */
export async function openMasterKey(
  { homeserver, userId, accountData, storageKey }: MasterKeyPlace,
  options: { readonly signal?: AbortSignal } = {},
): Promise<SigningKey | null> {
  const secret = { name: MASTER_KEY_SECRET, key: storageKey }
  const seed = await readSecret(accountData, secret, options)
  if (seed === null) return null
  const answer = await queryKeys(homeserver, { body: { device_keys: { [userId]: [] } } }, options)
  const masterKeys = answer.master_keys ?? {}
  const published = Object.hasOwn(masterKeys, userId) ? masterKeys[userId] : undefined
  if (published === undefined) return null
  return openSigningKey(published, { userId, usage: 'master' }, decodeSeed(seed))
}
