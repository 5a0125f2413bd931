/** Bringing what a backup lacks from a source into it, as a stream. */
import { callOptions } from '../ports/call-options.ts'
import { batchesOf, TRANSACTION_SIZE } from '../batches.ts'
import { addressKey } from '../merge/address-key.ts'
import type { Guard } from './guard.ts'
import { pushBatch } from './push-batch.ts'
import { jobOf, type PushJob } from './push-job.ts'
import type { KeySource, SourceItem } from './source.ts'
import type { PushOutcome } from './sync-events.ts'

/** Keys in a request. */
export const PUSH_BATCH_SIZE = 200

/** Keys that wait for a request, by address. */
type Jobs = Map<string, PushJob>

async function flush(jobs: Jobs, context: Guard): Promise<readonly PushOutcome[]> {
  const pushed = await pushBatch([...jobs.values()], context)
  jobs.clear()
  return pushed.map(({ outcome }) => outcome)
}

/** Takes an item; the outcomes of what is done by it. */
async function take(item: SourceItem, jobs: Jobs, context: Guard): Promise<readonly PushOutcome[]> {
  // A key that comes twice is compared with what became of it the first time.
  const before = jobs.has(addressKey(item)) ? await flush(jobs, context) : []
  const next = jobOf(item, context.index.get(item)?.b ?? [])
  if ('outcome' in next) return [...before, next.outcome]
  jobs.set(addressKey(item), next.job)
  return jobs.size < PUSH_BATCH_SIZE ? before : [...before, ...(await flush(jobs, context))]
}

/**
 * Compares each key of a source with the backup's index and uploads what is missing or better; an
 * outcome for each, some at a time.
 */
export async function* pushSource(
  source: KeySource,
  context: Guard,
): AsyncGenerator<readonly PushOutcome[]> {
  const jobs: Jobs = new Map()
  const items = source.sessions(callOptions(context))
  for await (const batch of batchesOf(items, TRANSACTION_SIZE)) {
    const outcomes: PushOutcome[] = []
    for (const item of batch) outcomes.push(...(await take(item, jobs, context)))
    yield outcomes
    context.signal?.throwIfAborted()
  }
  // A source may end because of the same signal: that is no end of its keys.
  context.signal?.throwIfAborted()
  yield await flush(jobs, context)
}
