/**
 * Entries that need not be opened, because the store has what they could give.
 *
 * The metadata in the clear is only claimed. A server that claims a later index than an entry has
 * hides the entry, as it can anyhow; an index alone never makes a key count as held.
 */
import { isAuthenticated } from '@roomkeys/megolm'
import { type BackupVersion, isJsonObject } from '@roomkeys/types'
import type { BackupEntry } from '../entry.ts'
import { addressKey } from '../merge/address-key.ts'
import { isSettled } from '../merge/upload-marks.ts'
import type { RoomKeyStore, StoredSession } from '../ports/room-key-store.ts'

/** Whether nothing that an entry can hold would change the session. */
function isHeld(session: StoredSession, { data }: BackupEntry, version: BackupVersion): boolean {
  const [copy, ...others] = session.copies
  const origin = copy?.origins[0]
  if (origin === undefined || others.length > 0 || !isJsonObject(data)) return false
  const claimed = data['first_message_index']
  if (typeof claimed !== 'number' || claimed < origin.fromIndex) return false
  const isFromHere = isSettled(session, version) && session.upload?.state === 'stored'
  return isFromHere || isAuthenticated(origin.provenance)
}

const NONE: ReadonlySet<BackupEntry> = new Set()

/** Those of the entries that the store has as good already. */
export async function heldEntries(
  store: RoomKeyStore,
  entries: readonly BackupEntry[],
  version: BackupVersion,
): Promise<ReadonlySet<BackupEntry>> {
  const sessions = new Map<string, StoredSession>()
  // One transaction that changes nothing reads them all.
  await store.update(entries, (held, address) => {
    if (held !== null) sessions.set(addressKey(address), held)
    return null
  })
  if (sessions.size === 0) return NONE
  return new Set(
    entries.filter((entry) => {
      const session = sessions.get(addressKey(entry))
      return session !== undefined && isHeld(session, entry, version)
    }),
  )
}
