/** The master key of the account, out of secret storage: it signs new backup versions. */
import { decodeSeed, openSigningKey, type SigningKey } from '@roomkeys/cross-signing'
import { encodeBase64 } from '@roomkeys/crypto/base64'
import { ed25519PublicKey } from '@roomkeys/crypto/ed25519'
import type { SecretBytes } from '@roomkeys/crypto/secret'
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

interface ReadOptions {
  readonly signal?: AbortSignal
}

/** The seed as it is stored, or `null`. */
async function readSeed(
  accountData: SecretAccountData,
  key: SecretStorageKey,
  options: ReadOptions,
): Promise<SecretBytes | null> {
  const seed = await readSecret(accountData, { name: MASTER_KEY_SECRET, key }, options)
  return seed === null ? null : decodeSeed(seed)
}

/**
 * The public key of the stored master key, base64, whatever is published; `null` when none is stored.
 *
 * @throws CrossSigningError `malformed_seed`; SecretStorageError; TransportError
 */
export async function readStoredMasterKey(
  accountData: SecretAccountData,
  key: SecretStorageKey,
  options: ReadOptions = {},
): Promise<string | null> {
  const seed = await readSeed(accountData, key, options)
  return seed === null ? null : encodeBase64(ed25519PublicKey(seed.expose()))
}

/**
 * The master key, checked against the published one, or `null` when either is not there.
 *
 * @throws CrossSigningError when the two do not belong together; SecretStorageError; TransportError
 */
export async function openMasterKey(
  { homeserver, userId, accountData, storageKey }: MasterKeyPlace,
  options: ReadOptions = {},
): Promise<SigningKey | null> {
  const seed = await readSeed(accountData, storageKey, options)
  if (seed === null) return null
  const answer = await queryKeys(homeserver, { body: { device_keys: { [userId]: [] } } }, options)
  const masterKeys = answer.master_keys ?? {}
  const published = Object.hasOwn(masterKeys, userId) ? masterKeys[userId] : undefined
  if (published === undefined) return null
  return openSigningKey(published, { userId, usage: 'master' }, seed)
}
