/** An account by the Rust implementation, and storage keys by matrix-js-sdk. */
import { type DecryptionKey, decodeDecryptionKey } from '@roomkeys/backup'
import { AES_HMAC_SHA2, type KeyDescription } from '@roomkeys/secret-storage'
import {
  backupVersionInfoSchema,
  type BackupVersionInfo,
  parseWire,
  type RoomKeys,
  roomKeysSchema,
} from '@roomkeys/types'
import { readFileSync } from 'node:fs'

interface AccountFile {
  readonly user_id: string
  readonly backup: {
    readonly recovery_key: string
    readonly version: unknown
    readonly keys: unknown
  }
  readonly expected: readonly Readonly<Record<string, unknown>>[]
}

interface StorageFile {
  readonly items: readonly {
    readonly recovery_key: string
    readonly key_check: { readonly iv: string; readonly mac: string }
  }[]
}

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../../vectors/${name}`, import.meta.url), 'utf8'))
}

// Files of this repository: their README gives the outer shapes, and what is inside is parsed below.
const accountFile = read('account-rust.json') as AccountFile
const storageFile = read('secret-storage-js-sdk.json') as StorageFile

/** A signed-in account with its backup. */
export interface Account {
  readonly userId: string
  readonly keyText: string
  readonly key: DecryptionKey
  readonly version: BackupVersionInfo
  readonly keys: RoomKeys
  readonly expected: readonly Readonly<Record<string, unknown>>[]
}

/** The account. */
export const account: Account = {
  userId: accountFile.user_id,
  keyText: accountFile.backup.recovery_key,
  key: decodeDecryptionKey(accountFile.backup.recovery_key),
  version: parseWire(backupVersionInfoSchema, accountFile.backup.version, 'account-rust.json'),
  keys: parseWire(roomKeysSchema, accountFile.backup.keys, 'account-rust.json'),
  expected: accountFile.expected,
}

/** A secret-storage key as a person has it, and its description in the account. */
export interface StorageKey {
  readonly text: string
  readonly description: KeyDescription
}

/** Secret-storage keys. */
export const storageKeys: readonly StorageKey[] = storageFile.items.map((item) => ({
  text: item.recovery_key,
  description: { algorithm: AES_HMAC_SHA2, iv: item.key_check.iv, mac: item.key_check.mac },
}))
