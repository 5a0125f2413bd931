/** What an examination reads. Each function may reject; nothing is ever written. */
import type { BackupVersion, BackupVersionInfo, KeysQueryResponse } from '@roomkeys/types'
import type { GatherCall } from './reading.ts'

/** The account, as far as it is read. */
export interface DoctorPorts {
  /** The current version, or `null` when there is no backup. */
  readonly currentVersion: (options: GatherCall) => Promise<BackupVersionInfo | null>
  /** A version, or `null` when there is none of this name. */
  readonly readVersion: (
    version: BackupVersion,
    options: GatherCall,
  ) => Promise<BackupVersionInfo | null>
  /** Global account data of a type, or `null` when there is none. */
  readonly accountData: (type: string, options: GatherCall) => Promise<unknown>
  /** The answer of `/keys/query` about the user whose backup it is. */
  readonly queryKeys: (options: GatherCall) => Promise<KeysQueryResponse>
}
