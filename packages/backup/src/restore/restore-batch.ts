/** Taking opened entries into the store, some in one transaction. */
import type { OpenedEntry } from '../entry.ts'
import { type ImportOutcome, importKeys } from '../merge.ts'
import { provenanceOf } from '../provenance.ts'
import type { RestoreOutcome } from './events.ts'
import type { Opened, OpenContext } from './open-ahead.ts'
import type { RestoreOptions } from './options.ts'

/** What the entries of a restore are opened and merged with. */
export interface RestoreContext
  extends OpenContext, Pick<RestoreOptions, 'api' | 'backupMacInV1'> {}

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

/** Restores what was opened; the outcomes are in the same order, and durable when this resolves. */
export async function restoreBatch(
  batch: readonly Opened[],
  context: RestoreContext,
): Promise<readonly RestoreOutcome[]> {
  const opened = batch.filter((outcome) => outcome.status === 'opened')
  const merged = await mergeAll(opened, context)
  return batch.map((outcome) =>
    outcome.status === 'opened' ? restored(outcome, merged.get(outcome)) : outcome,
  )
}
