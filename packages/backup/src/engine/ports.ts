/** What the engine needs from outside. */
import type { RandomBytes } from '@roomkeys/crypto/bytes'
import type { Agreements, SharedSecrets } from '@roomkeys/crypto/x25519'
import type { BackupVersionInfo, JsonObject } from '@roomkeys/types'
import type { BackupAlgorithm } from '../algorithm.ts'
import type { Clock, Jitter } from '../ports/clock.ts'
import type { Journal } from '../ports/journal.ts'
import type { RoomKeyStore } from '../ports/room-key-store.ts'
import type { ApiCallOptions, RoomKeysApi } from '../ports/room-keys-api.ts'
import type { SecretVault } from '../ports/secret-vault.ts'
import type { ProvenanceOptions } from '../provenance.ts'
import type { SealEntries } from '../seal-entries.ts'
import type { UploadTrust } from '../trust/upload-trust.ts'
import type { BackupKey } from './key.ts'

/**
 * Whether the user wants a backup: account data `m.key_backup`, member `enabled`.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#mkey_backup
 */
export interface PreferencePort {
  /** `null` when it is not set, or is no boolean. */
  readonly read: (options?: ApiCallOptions) => Promise<boolean | null>
  readonly write: (enabled: boolean, options?: ApiCallOptions) => Promise<void>
}

/** Decides whether a version may be used; `uploadTrust(inspectAuthData(…))` is one way. */
export type EvaluateTrust = (
  version: BackupVersionInfo,
  context: { readonly key: BackupKey; readonly signal: AbortSignal },
) => Promise<UploadTrust>

/** Signs the `auth_data` of a new version, by master key and device. */
export type SignAuthData = (authData: JsonObject) => Promise<JsonObject>

/** What the engine works with. */
export interface EnginePorts {
  readonly api: RoomKeysApi
  readonly store: RoomKeyStore
  readonly journal: Journal
  /** Where decryption keys are kept; `null` for clients that have none, which then make no version. */
  readonly vault: SecretVault | null
  readonly preference: PreferencePort
  readonly clock: Clock
  readonly jitter: Jitter
  /** The algorithms that are accepted; new versions are of the first. */
  readonly algorithms: readonly [BackupAlgorithm, ...BackupAlgorithm[]]
  readonly evaluateTrust: EvaluateTrust
  /** `'unsigned'` makes versions that other clients will not use. */
  readonly signAuthData: SignAuthData | 'unsigned'
  /** Provider of ephemeral keys; the platform's by default. */
  readonly agree?: Agreements
  /** Source of ephemeral keys where `agree` is absent. */
  readonly random?: RandomBytes
  /** Seals the keys: that of a pool, on all cores. In this thread by default. */
  readonly sealEntries?: SealEntries
  /** Provider of shared secrets for reading the server's copies; the platform's by default. */
  readonly sharedSecrets?: SharedSecrets
  /** What a valid `backup_mac` in a v1 backup counts for; nothing by default. */
  readonly backupMacInV1?: NonNullable<ProvenanceOptions['backupMacInV1']>
}
