// The account of the vectors, its backup repeated until there is enough to do.
import {
  type BackupEntry,
  decodeDecryptionKey,
  type DecryptionKey,
  entriesOf,
} from '@roomkeys/backup'
import {
  keyBackupDataSchema,
  parseWire,
  roomKeysAnswerSchema,
  type SessionDataV1,
  sessionDataV1Schema,
} from '@roomkeys/types'
import { readFileSync } from 'node:fs'

interface Account {
  readonly backup: { readonly decryption_key: string; recovery_key: string; keys: unknown }
}

/** How often: workers are to be busy longer than they take to be told. */
const REPEATED = 40

const file = new URL('../vectors/account-rust.json', import.meta.url)
const { backup } = JSON.parse(readFileSync(file, 'utf8')) as Account
const once = [...entriesOf(parseWire(roomKeysAnswerSchema, backup.keys, 'keys'))]

/** The decryption key, in base64. */
export const keyText: string = backup.decryption_key
export const key: DecryptionKey = decodeDecryptionKey(backup.recovery_key)
export const entries: readonly BackupEntry[] = Array.from({ length: REPEATED }, () => once).flat()

/** The `session_data` of an entry. */
export function sessionDataOf({ data }: BackupEntry): SessionDataV1 {
  const { session_data } = parseWire(keyBackupDataSchema, data, 'entry')
  return parseWire(sessionDataV1Schema, session_data, 'session_data')
}
