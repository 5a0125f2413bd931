/** Restoring some entries: what is held is left, the rest is opened and merged in one transaction. */
import type { BackupVersion } from '@roomkeys/types'
import type { BackupEntry, EntryOutcome, OpenedEntry } from '../entry.ts'
import { type ImportOutcome, importKeys } from '../merge.ts'
import { openEntries, type OpenEntriesOptions } from '../open-entries.ts'
import { provenanceOf } from '../provenance.ts'
import type { RestoreOutcome } from './events.ts'
import type { RestoreOptions } from './options.ts'
import { heldEntries } from './skip.ts'

/** What the entries of a restore are opened and merged with. */
export interface RestoreContext
  extends OpenEntriesOptions, Pick<RestoreOptions, 'api' | 'store' | 'backupMacInV1'> {
  readonly version: BackupVersion
}

async function openAll(
  entries: readonly BackupEntry[],
  context: RestoreContext,
): Promise<ReadonlyMap<BackupEntry, EntryOutcome>> {
  const opened = new Map<BackupEntry, EntryOutcome>()
  const remaining = entries.values()
  for await (const outcome of openEntries(entries, context)) {
    const { value } = remaining.next()
    if (value !== undefined) opened.set(value, outcome)
  }
  return opened
}

async function mergeAll(
  opened: readonly OpenedEntry[],
  { store, version, algorithm, backupMacInV1 }: RestoreContext,
): Promise<ReadonlyMap<OpenedEntry, ImportOutcome>> {
  const policy = { algorithm, ...(backupMacInV1 && { backupMacInV1 }) }
  const keys = opened.map((entry) => ({ ...entry, provenance: provenanceOf(entry, policy) }))
  const outcomes = await importKeys(store, keys, { heldBy: version })
  return new Map(
    opened.flatMap((entry, position) => {
      const outcome = outcomes[position]
      return outcome === undefined ? [] : [[entry, outcome] as const]
    }),
  )
}

function restored(entry: OpenedEntry, merged: ImportOutcome | undefined): RestoreOutcome {
  if (merged === undefined) throw new TypeError('Every key has an outcome')
  const { roomId, sessionId, outcome } = merged
  if (outcome === 'invalid') {
    const { reason, error } = merged
    return { status: 'failed', roomId, sessionId, reason, error }
  }
  return { status: 'restored', roomId, sessionId, entry, merged: outcome }
}

/** Restores entries; their outcomes are in the same order, and durable when this resolves. */
export async function restoreBatch(
  entries: readonly BackupEntry[],
  context: RestoreContext,
): Promise<readonly RestoreOutcome[]> {
  const held = await heldEntries(context.store, entries, context.version)
  const outcomes = await openAll(
    entries.filter((entry) => !held.has(entry)),
    context,
  )
  const opened = [...outcomes.values()].filter((outcome) => outcome.status === 'opened')
  const merged = await mergeAll(opened, context)
  return entries.map((entry): RestoreOutcome => {
    const outcome = outcomes.get(entry)
    if (outcome?.status === 'opened') return restored(outcome, merged.get(outcome))
    const { roomId, sessionId } = entry
    return outcome ?? { status: 'skipped', roomId, sessionId }
  })
}
