/** Opening a stream of entries: in batches, in order, one outcome for each. */
import { BATCH_SIZE } from './batches.ts'
import type { BackupEntry, EntryOutcome } from './entry.ts'
import { BATCHES_AT_ONCE, inOrder } from './in-order.ts'
import { openBatch, openingOf, type OpeningOptions } from './open-batch.ts'

/** How entries are opened. */
export interface OpenEntriesOptions extends OpeningOptions {
  readonly signal?: AbortSignal
}

/** How entries are opened in bulk: `openEntries`, or that of a pool. */
export type OpenEntries = (
  entries: Iterable<BackupEntry> | AsyncIterable<BackupEntry>,
  options: OpenEntriesOptions,
) => AsyncIterable<EntryOutcome>

/**
 * Opens entries and yields an outcome for each, in their order. An entry that cannot be opened costs
 * no other. It reads ahead of what it has yielded by some batches.
 *
 * @throws the signal's reason when it is aborted, and whatever the source of entries throws
 */
export async function* openEntries(
  entries: Iterable<BackupEntry> | AsyncIterable<BackupEntry>,
  options: OpenEntriesOptions,
): AsyncGenerator<EntryOutcome> {
  const { signal } = options
  signal?.throwIfAborted()
  const opening = openingOf(options)
  try {
    yield* inOrder(entries, {
      work: (batch) => openBatch(batch, opening),
      limit: () => BATCHES_AT_ONCE,
      batchSize: BATCH_SIZE,
      signal,
    })
  } finally {
    opening.macKey?.destroy()
  }
  // A source may end because of the same signal: that is no end of the entries.
  signal?.throwIfAborted()
}
