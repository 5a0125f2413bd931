/** The backup algorithms that the command reads and writes. */
import type { BackupAlgorithm, BackupEntry, MacPolicy } from '@roomkeys/backup'
import { megolmBackupV1 } from '@roomkeys/backup/v1'
import { megolmBackupV2, megolmBackupV2Unstable } from '@roomkeys/backup/v2'
import { ALGORITHMS } from '../account/algorithms.ts'
import { isJsonObject, type JsonObject } from '@roomkeys/types'

/** A MAC as it was meant is no reason to lose a key; nothing is authenticated by either. */
export const MAC_POLICY: MacPolicy = 'libolm_or_intended'

/** The algorithm of this name, or `null`. */
export function algorithmNamed(name: string): BackupAlgorithm | null {
  return ALGORITHMS.find((algorithm) => algorithm.name === name) ?? null
}

function objectIn(value: unknown, name: string): JsonObject | null {
  if (!isJsonObject(value) || !Object.hasOwn(value, name)) return null
  const member = value[name]
  return isJsonObject(member) ? member : null
}

/**
 * The algorithm that an entry looks like: nothing in a snapshot says it. v1 entries have a `mac` of
 * their own, v2 entries a `backup_mac` alone.
 */
export function algorithmOf({ data }: Pick<BackupEntry, 'data'>): BackupAlgorithm {
  const sessionData = objectIn(data, 'session_data')
  if (sessionData === null || Object.hasOwn(sessionData, 'mac')) return megolmBackupV1
  const unsigned = objectIn(sessionData, 'unsigned')
  if (unsigned === null) return megolmBackupV1
  if (Object.hasOwn(unsigned, 'backup_mac')) return megolmBackupV2
  const isUnstable = Object.hasOwn(unsigned, 'org.matrix.msc4048.backup_mac')
  return isUnstable ? megolmBackupV2Unstable : megolmBackupV1
}
