/** Where the page is, and what can happen to it. Nothing of it is ever stored. */
import type { DecryptionKey } from '@roomkeys/backup'
import type { BackupVersionInfo } from '@roomkeys/types'
import type { Account } from './account.ts'
import type { Notice } from './notice.ts'
import type { Restored } from './restored.ts'

/** How far a task is; `null` in its place while that is unknown. */
export interface Progress {
  readonly done: number
  readonly total: number
}

interface WithBackup {
  readonly account: Account
  readonly backup: BackupVersionInfo
}

interface WithKey extends WithBackup {
  readonly key: DecryptionKey
}

interface WithKeys extends WithKey {
  readonly restored: Restored
}

interface Idle {
  readonly notice: Notice | null
}

interface Busy {
  readonly progress: Progress | null
}

/** Every place where the page can be. */
export type State =
  /** Entered at the start and by signing out; left by the sign-in form. */
  | (Idle & { readonly step: 'signed-out' })
  /** Left by the server's answer. */
  | { readonly step: 'signing-in' }
  /** Entered with an account; left by the server's answer. */
  | { readonly step: 'reading-backup'; readonly account: Account }
  /** There is no backup, or it could not be read; left by looking again. */
  | (Idle & { readonly step: 'backup-missing'; readonly account: Account })
  /** Left by a key to check. */
  | (WithBackup & Idle & { readonly step: 'ready-for-key' })
  /** Left by what the key turned out to be, or by cancelling. */
  | (WithBackup & Busy & { readonly step: 'checking-key' })
  /** The key is the backup's; left by starting the restore, or by looking for the backup again. */
  | (WithKey & Idle & { readonly step: 'key-known' })
  /** Left by the report, an error, or cancelling, which keeps no key. */
  | (WithKey & Busy & { readonly step: 'restoring' })
  /** Left by a passphrase for the file, or by looking for the backup again. */
  | (WithKeys & Idle & { readonly step: 'restored' })
  /** Left by the file, an error, or cancelling. */
  | (WithKeys & Busy & { readonly step: 'exporting' })
  /** Nothing of the account is left here; left by the server's answer. */
  | { readonly step: 'signing-out' }

/** The name of a place. */
export type Step = State['step']

/** The state at the given place. */
export type StateAt<S extends Step> = Extract<State, { readonly step: S }>

/** Everything that can happen. An event that does not belong to a state leaves it as it is. */
export type DemoEvent =
  | { readonly type: 'sign-in-started' }
  | { readonly type: 'signed-in'; readonly account: Account }
  | { readonly type: 'backup-wanted' }
  | { readonly type: 'backup-read'; readonly backup: BackupVersionInfo | null }
  | { readonly type: 'key-check-started' }
  | {
      readonly type: 'key-identified'
      readonly key: DecryptionKey
      readonly backup: BackupVersionInfo
      /** What should be known of where the key came from. */
      readonly notice: Notice | null
    }
  | { readonly type: 'restore-started' }
  | { readonly type: 'restore-finished'; readonly restored: Restored }
  | { readonly type: 'export-started' }
  | { readonly type: 'export-finished'; readonly fileName: string }
  | { readonly type: 'progressed'; readonly progress: Progress }
  /** A form was filled in wrongly; nothing was started. */
  | { readonly type: 'refused'; readonly notice: Notice }
  /** What was under way failed. */
  | { readonly type: 'failed'; readonly notice: Notice }
  | { readonly type: 'cancelled' }
  | { readonly type: 'sign-out-started' }
  | { readonly type: 'signed-out'; readonly notice: Notice | null }

/** The page before anything has happened. */
export const INITIAL_STATE: State = { step: 'signed-out', notice: null }
