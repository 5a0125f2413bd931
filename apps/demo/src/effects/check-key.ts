/** Telling which key was pasted, before anything is downloaded. */
import {
  BackupError,
  decryptionKeyFromPassphrase,
  encodeDecryptionKey,
  readVersion,
} from '@roomkeys/backup'
import { megolmBackupV1 } from '@roomkeys/backup/v1'
import type { BackupKey, IdentifiedKey } from '@roomkeys/client'
import type { BackupVersionInfo, Curve25519AuthData } from '@roomkeys/types'
import type { Account } from '../account.ts'
import { type Field, info, type Notice, problem } from '../notice.ts'
import type { DemoEvent } from '../state.ts'
import type { Effect } from '../task.ts'

/** Where a key came from. */
type KeyField = Extract<Field, 'decryption-key' | 'backup-passphrase'>

const UNKNOWN_KEY: Readonly<Record<KeyField, string>> = {
  'decryption-key':
    'This is a well-formed key, but neither of this backup nor of this account. It may belong to an older backup.',
  'backup-passphrase': 'This passphrase does not give the key of this backup.',
}

const STORAGE_KEY = 'This is your account’s secret-storage key, not the backup’s.'
const STORED_KEY = info(`${STORAGE_KEY} The backup’s key lies in secret storage, and it fits.`)
const NO_STORED_KEY = `${STORAGE_KEY} No key for this backup lies in secret storage: look for the one that was made for the backup.`

function failed(place: Notice['place'], text: string): DemoEvent {
  return { type: 'failed', notice: problem(place, text) }
}

function identified({ key, version }: BackupKey, notice: Notice | null): DemoEvent {
  return { type: 'key-identified', key, backup: version, notice }
}

/** What to tell the page of an identified key. */
export function eventOf(identity: IdentifiedKey, field: KeyField): DemoEvent {
  switch (identity.kind) {
    case 'backup_key':
      return identified(identity, null)
    case 'secret_storage_key':
      return identity.backup === null
        ? failed(field, NO_STORED_KEY)
        : identified(identity.backup, STORED_KEY)
    case 'unknown_key':
      return failed(field, UNKNOWN_KEY[field])
    case 'no_backup':
      return failed('step', 'The backup is gone: this account has none any more.')
    case 'unsupported_algorithm':
      return failed('step', `The backup’s algorithm is not known here: ${identity.algorithm}`)
  }
}

/** Identifies a pasted key. */
export function checkKey({ client }: Account, text: string): Effect {
  return async ({ signal, dispatch }) => {
    dispatch(eventOf(await client.identifyKey(text, { signal }), 'decryption-key'))
  }
}

/** What a passphrase needs, or `null` when the backup was not made with one. */
export function passphraseData(backup: BackupVersionInfo): Curve25519AuthData | null {
  try {
    const authData = readVersion(backup, [megolmBackupV1])?.authData
    return authData?.private_key_salt === undefined ? null : authData
  } catch (error) {
    if (error instanceof BackupError) return null
    throw error
  }
}

/** Derives the key from a passphrase, and identifies it. */
export function checkPassphrase(
  { client }: Account,
  passphrase: string,
  authData: Curve25519AuthData,
): Effect {
  return async ({ signal, dispatch }) => {
    const onProgress = (done: number, total: number): void => {
      dispatch({ type: 'progressed', progress: { done, total } })
    }
    const key = await decryptionKeyFromPassphrase(passphrase, authData, { signal, onProgress })
    const identity = await client.identifyKey(encodeDecryptionKey(key), { signal })
    dispatch(eventOf(identity, 'backup-passphrase'))
  }
}
