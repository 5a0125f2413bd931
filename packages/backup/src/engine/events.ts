/** What happens to the engine: commands of the app, and results of what the engine began. */
import type { BackupVersion, RoomKeysUpdateResponse } from '@roomkeys/types'
import type { DecryptionKey } from '../decryption-key.ts'
import type { StoreCounts } from '../ports/room-key-store.ts'
import type { UploadTrust } from '../trust/upload-trust.ts'
import type { BackupKey, SeenVersion } from './key.ts'
import type { Failure } from '../upload/back-off.ts'
import type { SealedKey, Settled } from './upload.ts'

/** What the app says. */
export type Command =
  /** Use the current version with this key, and turn the preference on. */
  | { readonly type: 'enable'; readonly key: BackupKey }
  /**
   * Make a version for a new key. `replaces`: the version that the app has seen, or `null` when it saw
   * none; another one is never replaced unseen.
   */
  | {
      readonly type: 'create'
      readonly key: DecryptionKey
      readonly replaces: BackupVersion | null
    }
  /** Go on with what was there before a restart, or with a key from elsewhere. */
  | { readonly type: 'resume'; readonly key: BackupKey | null }
  /** The version may have changed: read it again. */
  | { readonly type: 'recheck' }
  /** Give the backup up. `delete`: with the version that is in use, and all keys in it. */
  | { readonly type: 'disable'; readonly version: 'keep' | 'delete' }
  /** The store has sessions that it did not have. */
  | { readonly type: 'keys_added' }
  /** Somebody waits: no random wait before the first batch. */
  | { readonly type: 'hurry' }
  | { readonly type: 'online' }
  | { readonly type: 'offline' }
  /** The answer to `untrusted`, for the version that was shown. */
  | {
      readonly type: 'trust_decided'
      readonly version: BackupVersion
      readonly decision: 'use' | 'refuse'
    }
  /** `m.key_backup` changed; the value of `enabled`. */
  | { readonly type: 'preference_changed'; readonly enabled: boolean }
  | { readonly type: 'download_began' }
  | { readonly type: 'download_ended' }

/** What journal, vault and preference remember. */
export type Memory =
  | { readonly kind: 'nothing' | 'turned_off' | 'key_missing' }
  | { readonly kind: 'enabled'; readonly key: BackupKey }
  | {
      readonly kind: 'creating'
      readonly key: DecryptionKey
      readonly replaces: BackupVersion | null
    }
  | { readonly kind: 'disabling'; readonly target: BackupVersion | null }

/** What reading a batch of the store gave. */
export interface PendingRead {
  readonly keys: readonly SealedKey[]
  /** Sessions that cannot be encrypted. */
  readonly unsealable: readonly Settled[]
}

/** What comparing a group with the server gave. */
export interface Guarded {
  /** What is to be uploaded, with the metadata that it takes. */
  readonly upload: readonly SealedKey[]
  readonly settled: readonly Settled[]
  /** Sessions that the store now has from the server. */
  readonly imported: number
}

/** Ends of operations, without the number of the operation. */
export type Outcome =
  | { readonly type: 'recalled'; readonly memory: Memory }
  | { readonly type: 'version_read'; readonly seen: SeenVersion }
  | { readonly type: 'trust_evaluated'; readonly verdict: UploadTrust }
  | { readonly type: 'key_kept' }
  | { readonly type: 'version_created'; readonly version: BackupVersion }
  | { readonly type: 'adopted' }
  | ({ readonly type: 'pending_read' } & PendingRead)
  | ({ readonly type: 'server_copies_read' } & Guarded)
  | {
      readonly type: 'uploaded'
      readonly answer: RoomKeysUpdateResponse
      readonly latencyMs: number
      /** Keys of the request that the server did not keep, as far as they were read back. */
      readonly shadowed: readonly SealedKey[]
    }
  | { readonly type: 'marked'; readonly counts: StoreCounts }
  | { readonly type: 'withdrawn' }
  | { readonly type: 'timer_fired' }
  /** A call failed in a way that the protocol knows. */
  | { readonly type: 'failed'; readonly failure: Failure }
  /** Anything else that was thrown. */
  | { readonly type: 'crashed'; readonly error: unknown }

/** The end of an operation. One whose number is not the present one is stale, and ignored. */
export type Result = Outcome & { readonly generation: number }

/** Whatever happens. */
export type EngineEvent = Command | Result

/** The names of events. */
export type EngineEventType = EngineEvent['type']
