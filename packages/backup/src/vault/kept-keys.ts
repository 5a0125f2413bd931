/**
 * Decryption keys that are kept in secret storage beside the current one, under a name of our own.
 *
 * Account data knows no compare-and-set: of two devices that write at once, one overwrites what the
 * other has added. So what was added is read back, and added again when it is gone.
 */
import {
  keepSupersededBackupKey,
  parseSupersededBackupKeys,
  readSecret,
  type SecretAccountData,
  type SecretStorageKey,
  SecretStorageError,
  storeSecret,
  SUPERSEDED_BACKUP_KEYS_SECRET,
  type WriteOptions,
} from '@roomkeys/secret-storage'
import { type DecryptionKey, decryptionKeyFromBytes } from '../decryption-key.ts'

/** Secret storage, and the storage keys that are to open what is in it. */
export interface OpenStorage {
  readonly accountData: SecretAccountData
  /** One or several; never empty. */
  readonly keys: readonly SecretStorageKey[]
}

/** How often a key is added before another device that overwrites it wins. */
const KEEP_ATTEMPTS = 5

/** The port names no version; a key is known by its public key. */
const NO_VERSION = ''

/** A kept key, and its item in the list as it came. */
interface KeptKey {
  readonly key: DecryptionKey
  readonly item: unknown
}

function parseList(text: string): readonly KeptKey[] {
  const parsed = parseSupersededBackupKeys(text)
  // The text was just parsed: it is the JSON of a list, with one item for each key.
  const items = JSON.parse(text) as readonly unknown[]
  return parsed.map(({ backupKey }, position) => {
    using bytes = backupKey
    return { key: decryptionKeyFromBytes(bytes.expose()), item: items[position] }
  })
}

async function readList(
  { accountData, keys }: OpenStorage,
  options: WriteOptions,
): Promise<readonly KeptKey[]> {
  const texts = new Set<string>()
  for (const key of keys) {
    const secret = { name: SUPERSEDED_BACKUP_KEYS_SECRET, key }
    const text = await readSecret(accountData, secret, options)
    if (text !== null) texts.add(text)
  }
  return [...texts].flatMap(parseList)
}

/** Every kept key; one that is kept for several versions comes several times. */
export async function readKeptKeys(
  storage: OpenStorage,
  options: WriteOptions,
): Promise<readonly DecryptionKey[]> {
  return (await readList(storage, options)).map(({ key }) => key)
}

async function missingOf(
  storage: OpenStorage,
  wanted: readonly DecryptionKey[],
  options: WriteOptions,
): Promise<readonly DecryptionKey[]> {
  const kept = new Set((await readKeptKeys(storage, options)).map(({ publicKey }) => publicKey))
  return wanted.filter(({ publicKey }) => !kept.has(publicKey))
}

/**
 * Keeps keys, and reads back that they are there.
 *
 * @throws SecretStorageError `not_written` when they are overwritten time and again
 */
export async function keepKeys(
  storage: OpenStorage,
  wanted: readonly DecryptionKey[],
  options: WriteOptions,
): Promise<void> {
  const { accountData, keys } = storage
  for (let attempt = 0; attempt <= KEEP_ATTEMPTS; attempt++) {
    const missing = await missingOf(storage, wanted, options)
    if (missing.length === 0) return
    if (attempt === KEEP_ATTEMPTS) break
    for (const { privateKey } of missing) {
      const backupKey = privateKey.expose()
      await keepSupersededBackupKey(accountData, { version: NO_VERSION, backupKey, keys }, options)
    }
  }
  throw new SecretStorageError('not_written', 'A decryption key is not there after writing it')
}

/** Takes a key off the list; the other items stay as they came. */
export async function forgetKey(
  { accountData, keys }: OpenStorage,
  publicKey: string,
  options: WriteOptions,
): Promise<void> {
  const list = await readList({ accountData, keys }, options)
  const left = list.filter(({ key }) => key.publicKey !== publicKey).map(({ item }) => item)
  if (left.length === list.length) return
  const secret = JSON.stringify(left)
  await storeSecret(accountData, { name: SUPERSEDED_BACKUP_KEYS_SECRET, secret, keys }, options)
}
