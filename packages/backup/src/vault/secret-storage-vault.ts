/**
 * A vault in the secret storage of an account.
 *
 * The current key is the secret `m.megolm_backup.v1`, as every client reads it. All keys, the current
 * one too, are on a list under a name of our own, so that none is lost when another takes its place:
 * a key is on the list before it becomes current, and so is the one that it supersedes.
 *
 * Where two devices are at work at once, the last one to write decides which key is current; both keys
 * are on the list. What remains, because account data cannot be written on a condition: a key is lost
 * from the list when another device, which read the list before the key was added, writes it after this
 * one has read its addition back.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#secret-storage
 */
import type { RandomBytes } from '@roomkeys/crypto/bytes'
import {
  readBackupKey,
  type SecretAccountData,
  type SecretStorageKey,
  storeBackupKey,
  type WriteOptions,
} from '@roomkeys/secret-storage'
import { type DecryptionKey, decryptionKeyFromBytes } from '../decryption-key.ts'
import type { ApiCallOptions } from '../ports/room-keys-api.ts'
import type { SecretVault } from '../ports/secret-vault.ts'
import { createQueue } from './in-turn.ts'
import { forgetKey, keepKeys, type OpenStorage, readKeptKeys } from './kept-keys.ts'

/** Where the keys of a vault are, and what opens them. */
export interface SecretStorageVaultOptions {
  readonly accountData: SecretAccountData
  /**
   * Storage keys that are to open what is written: the default key as a rule, both keys while secrets
   * are moved from one to another. The current key is that of the first one that opens any.
   */
  readonly keys: readonly [SecretStorageKey, ...(readonly SecretStorageKey[])]
  /** The source of IVs; the platform's by default. */
  readonly random?: RandomBytes
}

/** The current key as each storage key opens it, where it opens any. */
async function currentKeys(
  { accountData, keys }: OpenStorage,
  options: WriteOptions,
): Promise<readonly DecryptionKey[]> {
  const found: DecryptionKey[] = []
  for (const key of keys) {
    using secret = await readBackupKey(accountData, key, options)
    if (secret !== null) found.push(decryptionKeyFromBytes(secret.expose()))
  }
  return found
}

async function find(
  storage: OpenStorage,
  publicKey: string,
  options: WriteOptions,
): Promise<DecryptionKey | null> {
  const isIt = (key: DecryptionKey): boolean => key.publicKey === publicKey
  const current = (await currentKeys(storage, options)).find(isIt)
  return current ?? (await readKeptKeys(storage, options)).find(isIt) ?? null
}

async function makeCurrent(
  storage: OpenStorage,
  key: DecryptionKey,
  options: WriteOptions,
): Promise<void> {
  const before = await currentKeys(storage, options)
  await keepKeys(storage, [key, ...before], options)
  const isCurrent = before.every(({ publicKey }) => publicKey === key.publicKey)
  if (isCurrent && before.length === storage.keys.length) return
  const { accountData, keys } = storage
  await storeBackupKey(accountData, { backupKey: key.privateKey.expose(), keys }, options)
}

async function forget(
  storage: OpenStorage,
  publicKey: string,
  options: WriteOptions,
): Promise<void> {
  const current = await currentKeys(storage, options)
  if (current.every((key) => key.publicKey !== publicKey))
    await forgetKey(storage, publicKey, options)
}

/**
 * Opens a vault in secret storage. Its functions reject with a `SecretStorageError` when what is stored
 * cannot be read, and then overwrite nothing; with what the account data rejects with; or with the
 * signal's reason.
 */
export function secretStorageVault({
  accountData,
  keys,
  random,
}: SecretStorageVaultOptions): SecretVault {
  const storage: OpenStorage = { accountData, keys }
  const inTurn = createQueue()
  const withRandom = (options: ApiCallOptions = {}): WriteOptions =>
    random === undefined ? options : { ...options, random }
  return {
    current: async (options) => (await currentKeys(storage, withRandom(options)))[0] ?? null,
    find: (publicKey, options) => find(storage, publicKey, withRandom(options)),
    keep: (key, options) => inTurn(() => keepKeys(storage, [key], withRandom(options))),
    makeCurrent: (key, options) => inTurn(() => makeCurrent(storage, key, withRandom(options))),
    forget: (publicKey, options) => inTurn(() => forget(storage, publicKey, withRandom(options))),
  }
}
