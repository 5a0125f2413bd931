/** What a rotation takes. */
import type { RandomBytes } from '@roomkeys/crypto/bytes'
import type { Agreements, SharedSecrets } from '@roomkeys/crypto/x25519'
import type { JsonObject } from '@roomkeys/types'
import type { BackupAlgorithm, MacPolicy } from '../algorithm.ts'
import type { OpenEntries } from '../open-entries.ts'
import type { Clock, Jitter } from '../ports/clock.ts'
import type { Journal } from '../ports/journal.ts'
import type { RoomKeysApi } from '../ports/room-keys-api.ts'
import type { SecretVault } from '../ports/secret-vault.ts'
import type { ProvenanceOptions } from '../provenance.ts'
import type { SealEntries } from '../seal-entries.ts'

/** What a rotation reaches the world through. */
export interface RotationPorts {
  readonly api: RoomKeysApi
  /** Has the decryption key of the current version, and will have the new one. */
  readonly vault: SecretVault
  /** Keeps the intent; of this device alone. */
  readonly journal: Journal
  readonly clock: Clock
  /** Spreads the waits after failures; none by default. */
  readonly jitter?: Jitter
  readonly signal?: AbortSignal
}

/** What the new version is to be. */
export interface RotationTarget {
  readonly algorithm: BackupAlgorithm
  /** `same`: the decryption key of the current version goes on; entries may move unchanged. */
  readonly key: 'new' | 'same'
}

/** What a rotation works with. */
export interface RotateOptions extends RotationPorts {
  /** The algorithms that versions are read by; that of the target is always among them. */
  readonly algorithms: readonly BackupAlgorithm[]
  /** Counts when a rotation begins; one that is resumed keeps its own. */
  readonly target: RotationTarget
  /** Signs `auth_data`, by master key and device; every other member is to stay as it is. */
  readonly sign: (authData: JsonObject) => Promise<JsonObject>
  /** Which MACs are accepted in v1 backups; the deployed one alone by default. */
  readonly macPolicy?: MacPolicy
  /**
   * What a valid `backup_mac` in a v1 backup counts for. `trusted`, by default, as MSC4048 has it: the
   * entry stays what it says it is. `ignored`: every key of a v1 backup is marked `m.legacy-v1`.
   */
  readonly backupMacInV1?: NonNullable<ProvenanceOptions['backupMacInV1']>
  /** Provider of shared secrets; the platform's by default. */
  readonly sharedSecrets?: SharedSecrets
  /** Provider of ephemeral keys; the platform's by default. */
  readonly agree?: Agreements
  /** Source of the new decryption key, and of ephemeral keys where `agree` is absent. */
  readonly random?: RandomBytes
  /** Opens the entries: that of a pool, on all cores. In this thread by default. */
  readonly openEntries?: OpenEntries
  /** Seals the keys: that of a pool, on all cores. In this thread by default. */
  readonly sealEntries?: SealEntries
  /** How much is read back and compared before the new key is stored; a sample by default. */
  readonly verify?: 'sample' | 'all'
  /** Keys in the sample; 50 by default. */
  readonly sampleSize?: number
  /** Keys in the largest request, from 1 to 100; 100 by default. */
  readonly batchSize?: number
  /** Keys between two checkpoints; 500 by default. */
  readonly checkpointEvery?: number
}
