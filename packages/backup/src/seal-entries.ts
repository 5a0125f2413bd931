/** Sealing sessions for a backup: in batches, in order, one outcome for each. */
import { batchesOf } from './batches.ts'
import { sealBatch, type SealingOptions } from './seal-batch.ts'
import type { SealOutcome, SessionToSeal } from './seal-entry.ts'

/** How sessions are sealed. */
export interface SealEntriesOptions extends SealingOptions {
  readonly signal?: AbortSignal
}

/** How sessions are sealed in bulk: `sealEntries`, or that of a pool. */
export type SealEntries = (
  sessions: Iterable<SessionToSeal> | AsyncIterable<SessionToSeal>,
  options: SealEntriesOptions,
) => AsyncIterable<SealOutcome>

/**
 * Seals sessions and yields an outcome for each, in their order. A session that cannot be sealed costs
 * no other.
 *
 * @throws BackupError `malformed_auth_data` when the public key is of low order, `mac_key_missing`
 * when the algorithm needs a MAC key
 * @throws the signal's reason when it is aborted, and whatever the source of sessions throws
 */
export async function* sealEntries(
  sessions: Iterable<SessionToSeal> | AsyncIterable<SessionToSeal>,
  options: SealEntriesOptions,
): AsyncGenerator<SealOutcome> {
  const { signal } = options
  signal?.throwIfAborted()
  for await (const batch of batchesOf(sessions)) {
    for (const outcome of await sealBatch(batch, options)) {
      signal?.throwIfAborted()
      yield outcome
    }
  }
  // A source may end because of the same signal: that is no end of the sessions.
  signal?.throwIfAborted()
}
