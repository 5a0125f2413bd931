/** What a restore takes. */
import type { SharedSecrets } from '@roomkeys/crypto/x25519'
import type { RoomId } from '@roomkeys/types'
import type { BackupAlgorithm, MacPolicy } from '../algorithm.ts'
import type { DecryptionKey } from '../decryption-key.ts'
import type { OpenEntries } from '../open-entries.ts'
import type { Journal } from '../ports/journal.ts'
import type { RoomKeyStore } from '../ports/room-key-store.ts'
import type { RoomKeysApi, SessionAddress } from '../ports/room-keys-api.ts'
import type { ProvenanceOptions } from '../provenance.ts'

/**
 * Which keys are restored. `everything`: all of them, these rooms first, in this order. `rooms`: those
 * of these rooms alone. `session`: one.
 */
export type RestoreScope =
  | { readonly kind: 'everything'; readonly first?: readonly RoomId[] }
  | { readonly kind: 'rooms'; readonly rooms: readonly RoomId[] }
  | ({ readonly kind: 'session' } & SessionAddress)

/** What a restore works with. */
export interface RestoreOptions extends Pick<ProvenanceOptions, 'backupMacInV1'> {
  readonly api: RoomKeysApi
  readonly store: RoomKeyStore
  /** Keeps how far a restore came; best where the store keeps its keys. */
  readonly journal: Journal
  /** The key of the backup; it is matched with the version before anything is read. */
  readonly key: DecryptionKey
  /** Algorithms that are accepted. */
  readonly algorithms: readonly BackupAlgorithm[]
  /** Everything by default. */
  readonly scope?: RestoreScope
  /** Which MACs are accepted; the deployed one alone by default. */
  readonly macPolicy?: MacPolicy
  /** Provider of shared secrets; the platform's by default. */
  readonly sharedSecrets?: SharedSecrets
  /** Opens the entries: that of a pool, on all cores. In this thread by default. */
  readonly openEntries?: OpenEntries
  readonly signal?: AbortSignal
}
