/** What is to be done. Operations end in exactly one event; the others are over at once. */
import type { BackupVersion } from '@roomkeys/types'
import type { DecryptionKey } from '../decryption-key.ts'
import type { Backup, BackupKey } from './key.ts'
import type { Notice } from './notices.ts'
import type { SealedKey, Settled } from './upload.ts'

/** Something that takes time. */
export type Operation =
  /** Read preference, journal and vault. */
  | { readonly type: 'recall'; readonly given: BackupKey | null }
  | { readonly type: 'read_version' }
  | { readonly type: 'evaluate_trust'; readonly backup: Backup }
  /** Keep the key in the vault, set the preference, write the intent. */
  | {
      readonly type: 'keep_key'
      readonly key: DecryptionKey
      readonly replaces: BackupVersion | null
    }
  | { readonly type: 'create_version'; readonly key: DecryptionKey }
  /** Make the key the vault's current one, and write key and version into the journal. */
  | {
      readonly type: 'adopt'
      readonly backup: Backup
      readonly preference: 'turn_on' | 'leave'
    }
  /** Read and encrypt up to `limit` pending sessions. */
  | { readonly type: 'read_pending'; readonly backup: Backup; readonly limit: number }
  /** Compare with what the server holds. */
  | {
      readonly type: 'read_server_copies'
      readonly backup: Backup
      readonly keys: readonly SealedKey[]
    }
  | {
      readonly type: 'upload'
      readonly version: BackupVersion
      readonly keys: readonly SealedKey[]
    }
  | {
      readonly type: 'mark'
      readonly version: BackupVersion
      readonly settled: readonly Settled[]
    }
  /** Turn the preference off, delete the target if there is one, forget the record. */
  | { readonly type: 'withdraw'; readonly target: BackupVersion | null }
  | { readonly type: 'start_timer'; readonly delayMs: number }
  /** As a timer, of a random length. */
  | { readonly type: 'start_jitter'; readonly withinMs: number }

/** What is to be done. */
export type Effect =
  | { readonly type: 'start'; readonly operation: Operation; readonly generation: number }
  /** End what runs, and wait until it has ended. */
  | { readonly type: 'cancel' }
  | { readonly type: 'emit'; readonly notice: Notice }
