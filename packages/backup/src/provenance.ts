/** What a restored session may be taken for, when its copies are compared. */
import type { Provenance } from '@roomkeys/megolm'
import { MEGOLM_BACKUP_V1 } from '@roomkeys/types'
import type { BackupAlgorithm } from './algorithm.ts'
import type { OpenedEntry } from './entry.ts'

/** What the origin of an entry depends on beside the entry. */
export interface ProvenanceOptions {
  /** The algorithm of the backup that the entry comes from. */
  readonly algorithm: BackupAlgorithm
  /**
   * What a valid `backup_mac` counts for in a v1 backup. `ignored`, by default: as in every other v1
   * entry, nothing is authenticated. `trusted`: as in v2.
   */
  readonly backupMacInV1?: 'ignored' | 'trusted'
}

/**
 * The origin of an opened entry. Authenticated is one with a valid `backup_mac` whose record does not
 * itself say otherwise, in a v2 backup, or in a v1 backup where the caller trusts it.
 */
export function provenanceOf(
  { backupMac, unauthenticated }: OpenedEntry,
  { algorithm, backupMacInV1 = 'ignored' }: ProvenanceOptions,
): Provenance {
  const counts = algorithm.name !== MEGOLM_BACKUP_V1 || backupMacInV1 === 'trusted'
  const isAuthentic = counts && backupMac === 'valid' && unauthenticated === null
  return { kind: isAuthentic ? 'authenticated_backup' : 'unauthenticated_backup' }
}
