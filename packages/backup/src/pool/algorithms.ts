/** The algorithms that a worker knows. */
import type { BackupAlgorithm } from '../algorithm.ts'
import { megolmBackupV1 } from '../v1.ts'
import { megolmBackupV2, megolmBackupV2Unstable } from '../v2.ts'

const ALGORITHMS: readonly BackupAlgorithm[] = [
  megolmBackupV1,
  megolmBackupV2,
  megolmBackupV2Unstable,
]

/** Whether a worker knows this very algorithm: another one may go by the same name. */
export function isKnown(algorithm: BackupAlgorithm): boolean {
  return ALGORITHMS.includes(algorithm)
}

/** The algorithm of a name. */
export function algorithmNamed(name: string): BackupAlgorithm {
  const algorithm = ALGORITHMS.find((known) => known.name === name)
  if (algorithm === undefined) throw new TypeError('The worker does not know this algorithm')
  return algorithm
}
