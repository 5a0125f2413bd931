/** Where sessions are fetched from: a version of the backup, with its key. */
import type { BackupVersion } from '@roomkeys/types'
import type { BackupAlgorithm } from '../algorithm.ts'
import type { DecryptionKey } from '../decryption-key.ts'

/** A version with its key; match them first. */
export interface BackupSource {
  readonly version: BackupVersion
  readonly key: DecryptionKey
  readonly algorithm: BackupAlgorithm
}

/** Whether what is known of one source holds for the other. */
export function isSameSource(first: BackupSource | null, second: BackupSource | null): boolean {
  if (first === null || second === null) return first === second
  return (
    first.version === second.version &&
    first.key.publicKey === second.key.publicKey &&
    first.algorithm.name === second.algorithm.name
  )
}
