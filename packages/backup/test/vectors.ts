/** A backup by the Rust implementation, and entries by libolm. */
import { decodeBase64 } from '@roomkeys/crypto/base64'
import {
  backupVersionInfoSchema,
  type BackupVersionInfo,
  exportedSessionDataSchema,
  type ExportedSessionData,
  parseWire,
  type RoomKeysAnswer,
  roomKeysSchema,
  type SessionDataV1,
  sessionDataV1Schema,
} from '@roomkeys/types'
import { readFileSync } from 'node:fs'
import { type DecryptionKey, decryptionKeyFromBytes } from '../src/decryption-key.ts'
import { type BackupEntry, entriesOf } from '../src/entry.ts'

/** An entry by libolm; its plaintext need not be a session. */
export interface LibolmVector {
  readonly decryption_key: string
  readonly recovery_key: string
  readonly public_key: string
  readonly plaintext: string
  readonly session_data: SessionDataV1
}

interface AccountFile {
  readonly backup: {
    readonly decryption_key: string
    readonly recovery_key: string
    readonly version: unknown
    readonly keys: unknown
  }
  readonly expected: readonly unknown[]
}

function read(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../../vectors/${name}`, import.meta.url), 'utf8'))
}

// Files of this repository: their README gives the outer shapes, and what is inside is parsed below.
const accountFile = read('account-rust.json') as AccountFile
const libolmFile = read('backup-v1-libolm.json') as { readonly vectors: readonly LibolmVector[] }

/** The decryption key of a base64 text. */
export function keyOf(text: string): DecryptionKey {
  return decryptionKeyFromBytes(decodeBase64(text))
}

/** An account's backup with its key. */
export interface AccountVector {
  readonly key: DecryptionKey
  readonly keyText: string
  readonly version: BackupVersionInfo
  readonly answer: RoomKeysAnswer
  readonly entries: readonly BackupEntry[]
  /** What the implementation was given to back up. */
  readonly expected: readonly ExportedSessionData[]
}

const answer = parseWire(roomKeysSchema, accountFile.backup.keys, 'account-rust.json')

/** The account's backup. */
export const account: AccountVector = {
  key: keyOf(accountFile.backup.decryption_key),
  keyText: accountFile.backup.recovery_key,
  version: parseWire(backupVersionInfoSchema, accountFile.backup.version, 'account-rust.json'),
  answer,
  entries: [...entriesOf(answer)],
  expected: accountFile.expected.map((session) =>
    parseWire(exportedSessionDataSchema, session, 'account-rust.json'),
  ),
}

/** The entries by libolm. */
export const libolm: readonly LibolmVector[] = libolmFile.vectors.map((vector) => ({
  ...vector,
  session_data: parseWire(sessionDataV1Schema, vector.session_data, 'backup-v1-libolm.json'),
}))

/** The element of a list at an index that the files fill. */
export function at<T>(list: readonly T[], index: number): T {
  const element = list.at(index)
  if (element === undefined) throw new TypeError(`There is no element ${index}`)
  return element
}
