/** Importing keys as they come, batch by batch. */
import type { RoomKeyStore } from '../ports/room-key-store.ts'
import { importKeys, type ImportKeysOptions } from './import-keys.ts'
import type { ImportOutcome, IncomingKey } from './incoming-key.ts'

/** Keys in a transaction: few enough to be cancelled between two, many enough to be fast. */
export const IMPORT_BATCH_SIZE = 500

/** How a stream of keys is imported. */
export interface ImportAllOptions extends ImportKeysOptions {
  /** Keys in a transaction, {@link IMPORT_BATCH_SIZE} when absent. */
  readonly batchSize?: number
  readonly signal?: AbortSignal
}

async function* batchesOf(
  source: Iterable<IncomingKey> | AsyncIterable<IncomingKey>,
  { batchSize = IMPORT_BATCH_SIZE, signal }: ImportAllOptions,
): AsyncGenerator<readonly IncomingKey[]> {
  if (!Number.isSafeInteger(batchSize) || batchSize < 1)
    throw new TypeError('batchSize must be an integer from 1')
  let batch: IncomingKey[] = []
  for await (const key of source) {
    signal?.throwIfAborted()
    batch.push(key)
    if (batch.length < batchSize) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/**
 * Imports keys and yields an outcome for each, in their order. What was yielded is in the store. When
 * it is stopped, whole batches are, and no part of one; running it again completes it.
 *
 * @throws the signal's reason when it is aborted; what the source throws; BackupError `store`
 */
export async function* importAll(
  store: RoomKeyStore,
  source: Iterable<IncomingKey> | AsyncIterable<IncomingKey>,
  options: ImportAllOptions = {},
): AsyncGenerator<ImportOutcome> {
  const { signal } = options
  signal?.throwIfAborted()
  for await (const batch of batchesOf(source, options)) {
    signal?.throwIfAborted()
    for (const outcome of await importKeys(store, batch, options)) {
      yield outcome
      signal?.throwIfAborted()
    }
  }
  // A source may end because of the same signal: that is no end of the keys.
  signal?.throwIfAborted()
}
