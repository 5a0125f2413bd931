/** What the app is told. */
import type { BackupVersion } from '@roomkeys/types'
import type { ApiErrorCode } from '../ports/api-error.ts'
import type { StateKind } from './state.ts'
import type { Settled } from './upload.ts'

/** Something that the app may want to show or to act on. */
export type Notice =
  /** The state has another name; `engine.state()` has its details. */
  | { readonly type: 'state_changed'; readonly from: StateKind; readonly to: StateKind }
  /** Keys were settled: how many the store holds, and how many of them wait. */
  | {
      readonly type: 'progress'
      readonly version: BackupVersion
      readonly total: number
      readonly pending: number
    }
  /** Nothing waits. */
  | { readonly type: 'backed_up'; readonly version: BackupVersion }
  /** These will not be in this version; the others go on. */
  | {
      readonly type: 'keys_refused'
      readonly version: BackupVersion
      readonly keys: readonly Settled[]
    }
  /** The server had better copies, and the store has them now. */
  | { readonly type: 'keys_imported'; readonly version: BackupVersion; readonly count: number }
  /** A call failed and is repeated after a while. */
  | { readonly type: 'retrying'; readonly because: ApiErrorCode; readonly delayMs: number }
  /** An exception; the state is `crashed`. */
  | { readonly type: 'crashed'; readonly error: unknown }
