/** A live backup as a source. */
import { callOptions } from '../ports/call-options.ts'
import { openEntries } from '../open-entries.ts'
import type { SessionAddress } from '../ports/room-keys-api.ts'
import { explained, type LiveBackup, openBackup, openingOf, policyOf } from './live-backup.ts'
import { itemOf } from './opened-item.ts'
import type { KeySource, SourceItem } from './source.ts'

async function* readAll(backup: LiveBackup, signal?: AbortSignal): AsyncGenerator<SourceItem> {
  signal?.throwIfAborted()
  try {
    const open = await openBackup(backup, signal)
    const entries = open.api.readKeys(open.version.version, callOptions({ signal }))
    const { openEntries: openAll = openEntries } = backup
    for await (const outcome of openAll(entries, openingOf(open, signal)))
      yield itemOf(outcome, policyOf(open))
  } catch (error) {
    throw explained(error)
  }
}

async function readOne(
  backup: LiveBackup,
  address: SessionAddress,
  signal?: AbortSignal,
): Promise<SourceItem | null> {
  signal?.throwIfAborted()
  const open = await openBackup(backup, signal)
  const data = await open.api.readKey(open.version.version, address, callOptions({ signal }))
  const { roomId, sessionId } = address
  const entries = data === null ? [] : [{ roomId, sessionId, data }]
  for await (const outcome of openEntries(entries, openingOf(open, signal)))
    return itemOf(outcome, policyOf(open))
  return null
}

/**
 * The keys of the account's current backup. The version is read anew at each reading, so that nothing
 * is opened for a key that is not the version's any more.
 */
export function backupSource(backup: LiveBackup, name = 'backup'): KeySource {
  return {
    name,
    origins: 'fixed',
    sessions: ({ signal } = {}) => readAll(backup, signal),
    get: (address, { signal } = {}) => readOne(backup, address, signal),
  }
}
