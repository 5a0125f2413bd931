/** Reading a whole backup once: into the index, into a store, or both. */
import { callOptions } from '../ports/call-options.ts'
import { asyncBatchesOf, TRANSACTION_SIZE } from '../batches.ts'
import type { EntryOutcome, OpenedEntry } from '../entry.ts'
import { importKeys } from '../merge/import-keys.ts'
import { openEntries } from '../open-entries.ts'
import type { RoomKeyStore } from '../ports/room-key-store.ts'
import { provenanceOf } from '../provenance.ts'
import { candidatesOf } from './candidates-of.ts'
import type { KeyIndex } from './key-index.ts'
import { type OpenBackup, openingOf, policyOf } from './live-backup.ts'
import { itemOf } from './opened-item.ts'
import type { PullOutcome } from './sync-events.ts'

/** Where what is read goes. */
export interface ReadInto {
  readonly index: KeyIndex | null
  readonly store: RoomKeyStore | null
  readonly signal: AbortSignal | undefined
}

/** What is read so far, and what became of the latest; nothing where there is no store. */
export interface ReadStep {
  readonly read: number
  readonly outcomes: readonly PullOutcome[]
}

function addTo(index: KeyIndex, outcome: EntryOutcome, backup: OpenBackup): void {
  const item = itemOf(outcome, policyOf(backup))
  const copies = item.status === 'session' ? candidatesOf(item) : []
  // What does not open is noted too: the server has something there.
  index.add('b', item, 'status' in copies ? [] : copies)
}

async function importInto(
  store: RoomKeyStore,
  batch: readonly EntryOutcome[],
  backup: OpenBackup,
): Promise<readonly PullOutcome[]> {
  const policy = policyOf(backup)
  const opened = batch.filter((outcome): outcome is OpenedEntry => outcome.status === 'opened')
  const keys = opened.map((entry) => ({ ...entry, provenance: provenanceOf(entry, policy) }))
  const imported = (await importKeys(store, keys, { heldBy: backup.version.version })).values()
  return batch.map((outcome) => {
    if (outcome.status === 'failed') return outcome
    const { value } = imported.next()
    if (value === undefined) throw new TypeError('Every key has an outcome')
    return value
  })
}

/** Reads a backup. What became of an entry is durable when it is told. */
export async function* readBackup(
  backup: OpenBackup,
  { index, store, signal }: ReadInto,
): AsyncGenerator<ReadStep> {
  const entries = backup.api.readKeys(backup.version.version, callOptions({ signal }))
  const { openEntries: openAll = openEntries } = backup
  let read = 0
  const all = openAll(entries, openingOf(backup, signal))
  for await (const batch of asyncBatchesOf(all, store?.transactionSize ?? TRANSACTION_SIZE)) {
    if (index !== null) for (const outcome of batch) addTo(index, outcome, backup)
    const outcomes = store === null ? [] : await importInto(store, batch, backup)
    read += batch.length
    yield { read, outcomes }
    signal?.throwIfAborted()
  }
}
