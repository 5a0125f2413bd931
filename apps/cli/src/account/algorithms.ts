/** The backup algorithms that the command reads. */
import type { BackupAlgorithm } from '@roomkeys/backup'
import { megolmBackupV1 } from '@roomkeys/backup/v1'
import { megolmBackupV2, megolmBackupV2Unstable } from '@roomkeys/backup/v2'

/** Every algorithm that is known. */
export const ALGORITHMS: readonly BackupAlgorithm[] = [
  megolmBackupV1,
  megolmBackupV2Unstable,
  megolmBackupV2,
]
