/** Writing into the store what became of sessions in a version. */
import { markRefused, markUploaded } from '../merge/upload-marks.ts'
import type { StoreCounts } from '../ports/room-key-store.ts'
import type { Operation } from './effects.ts'
import type { EnginePorts } from './ports.ts'

/** Marks sessions, each in the revision that was sent; one that changed since stays pending. */
export async function markSettled(
  { store }: EnginePorts,
  { version, settled }: Extract<Operation, { readonly type: 'mark' }>,
): Promise<StoreCounts> {
  const stored = settled.filter(({ refused }) => refused === null)
  const refused = settled.filter((key) => key.refused !== null)
  if (stored.length > 0) await markUploaded(store, stored, version)
  if (refused.length > 0) await markRefused(store, refused, version)
  return store.counts(version)
}
