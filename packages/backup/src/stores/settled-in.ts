/** In which version of the backup a session is settled: what a store groups its sessions by. */
import type { BackupVersion } from '@roomkeys/types'
import type { StoredSession } from '../ports/room-key-store.ts'

/** The version that has, or has refused, the present revision; `null` when there is none. */
export function settledIn({ revision, upload }: StoredSession): BackupVersion | null {
  return upload?.revision === revision ? upload.version : null
}
