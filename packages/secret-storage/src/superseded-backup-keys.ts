/**
 * Backup keys that were replaced, kept until their versions are gone.
 *
 * `m.megolm_backup.v1` holds one key without a version, so a new key overwrites the only copy of the
 * old one while the old version may still hold keys that nothing else has. This secret of our own holds
 * the old ones: the JSON text of a list of `{ "version": "1", "key": "<base64 of 32 bytes>" }`,
 * encrypted as any secret. Unknown fields of the items are kept.
 */
import { equalBytes } from '@roomkeys/crypto/bytes'
import type { SecretBytes } from '@roomkeys/crypto/secret'
import {
  inPlace,
  type JsonObject,
  parseWire,
  type WireSchema,
  WireShapeError,
} from '@roomkeys/types'
import * as v from 'valibot'
import type { CallOptions, SecretAccountData } from './account-data.ts'
import {
  type BackupKeyForKeys,
  decodeBackupKey,
  encodeBackupKey,
  storeBackupKey,
} from './backup-key.ts'
import { SecretStorageError } from './errors.ts'
import type { SecretStorageKey } from './key.ts'
import { BACKUP_KEY_SECRET } from './schemas.ts'
import {
  openStored,
  readStored,
  storeSecret,
  type StoredOutcome,
  type WriteOptions,
} from './stored-secret.ts'

/** Account data type of the superseded backup keys: a name of our own, no part of the specification. */
export const SUPERSEDED_BACKUP_KEYS_SECRET = 'io.github.roomkeys.superseded_backup_keys'

/** The longest list that is read or written: what is past it would not fit into account data. */
export const MAX_SUPERSEDED_BACKUP_KEYS = 256

interface Item extends JsonObject {
  readonly version: string
  readonly key: string
}

const itemsSchema: WireSchema<readonly Item[]> = v.array(
  inPlace(v.looseObject({ version: v.string(), key: v.string() })),
)

/** A backup key that was replaced. */
export interface SupersededBackupKey {
  /** The backup version that it opens. */
  readonly version: string
  /** 32 bytes. */
  readonly backupKey: SecretBytes
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The error of the platform quotes the text, which is secret: it is not kept as the cause.
    throw new SecretStorageError('malformed_secret', 'The superseded backup keys are no JSON')
  }
}

function assertCount(items: readonly unknown[]): void {
  if (items.length > MAX_SUPERSEDED_BACKUP_KEYS)
    throw new SecretStorageError(
      'too_many_keys',
      `More than ${MAX_SUPERSEDED_BACKUP_KEYS} superseded backup keys`,
    )
}

function parseItems(text: string): readonly Item[] {
  try {
    const items = parseWire(itemsSchema, parseJson(text), 'the list of superseded backup keys')
    assertCount(items)
    return items
  } catch (cause) {
    if (!(cause instanceof WireShapeError)) throw cause
    throw new SecretStorageError('malformed_secret', cause.message, { cause })
  }
}

function decodeItems(items: readonly Item[]): readonly SupersededBackupKey[] {
  return items.map(({ version, key }) => ({ version, backupKey: decodeBackupKey(key) }))
}

/**
 * Reads the list from the text of the secret.
 *
 * @throws SecretStorageError `malformed_secret` or `too_many_keys`
 */
export function parseSupersededBackupKeys(text: string): readonly SupersededBackupKey[] {
  return decodeItems(parseItems(text))
}

/** All items without those that are there twice; padding makes no difference. */
function distinct(items: readonly Item[]): readonly Item[] {
  const id = ({ version, key }: Item): string => `${key.replace(/=+$/, '')} ${version}`
  return [...new Map(items.map((item) => [id(item), item])).values()]
}

/** Which storage keys are meant. */
interface ForKeys {
  readonly keys: readonly SecretStorageKey[]
}

async function openAll(
  accountData: SecretAccountData,
  { name, keys }: ForKeys & { readonly name: string },
  options: CallOptions,
): Promise<readonly string[]> {
  const stored = await readStored(accountData, name, options)
  return keys.map((key) => openStored(stored, name, key)).filter((secret) => secret !== null)
}

async function readItems(
  accountData: SecretAccountData,
  { keys }: ForKeys,
  options: CallOptions,
): Promise<readonly Item[]> {
  const texts = await openAll(accountData, { name: SUPERSEDED_BACKUP_KEYS_SECRET, keys }, options)
  return distinct(texts.flatMap(parseItems))
}

async function writeItems(
  accountData: SecretAccountData,
  { keys, items }: ForKeys & { readonly items: readonly Item[] },
  options: WriteOptions,
): Promise<void> {
  assertCount(items)
  const secret = JSON.stringify(items)
  await storeSecret(accountData, { name: SUPERSEDED_BACKUP_KEYS_SECRET, secret, keys }, options)
}

/**
 * Reads the superseded backup keys; those of all given storage keys together.
 *
 * @throws SecretStorageError `malformed_account_data`, `malformed_secret`, `mac_mismatch` or
 * `too_many_keys`
 */
export async function readSupersededBackupKeys(
  accountData: SecretAccountData,
  keys: readonly SecretStorageKey[],
  options: CallOptions = {},
): Promise<readonly SupersededBackupKey[]> {
  return decodeItems(await readItems(accountData, { keys }, options))
}

/** A backup key with its version, and the storage keys that are to open it. */
export interface SupersededForKeys extends BackupKeyForKeys {
  readonly version: string
}

/**
 * Keeps a backup key with its version. A list that cannot be read is not overwritten, and keeping the
 * same key again changes nothing.
 *
 * @throws SecretStorageError as {@link readSupersededBackupKeys}
 */
export async function keepSupersededBackupKey(
  accountData: SecretAccountData,
  { version, backupKey, keys }: SupersededForKeys,
  options: WriteOptions = {},
): Promise<void> {
  const items = await readItems(accountData, { keys }, options)
  const item = { version, key: encodeBackupKey(backupKey) }
  await writeItems(accountData, { keys, items: distinct([item, ...items]) }, options)
}

/**
 * Forgets the backup keys of a version that is gone.
 *
 * @throws SecretStorageError as {@link readSupersededBackupKeys}
 */
export async function dropSupersededBackupKeys(
  accountData: SecretAccountData,
  { version, keys }: ForKeys & { readonly version: string },
  options: WriteOptions = {},
): Promise<void> {
  const items = await readItems(accountData, { keys }, options)
  const left = items.filter((item) => item.version !== version)
  if (left.length < items.length) await writeItems(accountData, { keys, items: left }, options)
}

/** A new backup key, the version whose key it replaces, and the storage keys. */
export interface ReplaceBackupKey extends BackupKeyForKeys {
  readonly supersededVersion: string
}

/**
 * Stores a new backup key, after the one that is there now has been kept with its version. Running it
 * again after a failure completes it.
 *
 * @throws SecretStorageError `malformed_account_data`, `malformed_secret`, `mac_mismatch` or
 * `too_many_keys`; then the old key is where it was
 */
export async function replaceBackupKey(
  accountData: SecretAccountData,
  { supersededVersion: version, backupKey, keys }: ReplaceBackupKey,
  options: WriteOptions = {},
): Promise<StoredOutcome> {
  const secrets = await openAll(accountData, { name: BACKUP_KEY_SECRET, keys }, options)
  const added = secrets
    .map((secret) => decodeBackupKey(secret).expose())
    .filter((old) => !equalBytes(old, backupKey))
    .map((old) => ({ version, key: encodeBackupKey(old) }))
  if (added.length > 0) {
    const items = await readItems(accountData, { keys }, options)
    await writeItems(accountData, { keys, items: distinct([...added, ...items]) }, options)
  }
  return storeBackupKey(accountData, { backupKey, keys }, options)
}
