/**
 * The entries of a restore with what became of them, in their order. What the store holds as good is not
 * opened; whoever opens the rest may read ahead as far as it likes to.
 */
import type { BackupVersion } from '@roomkeys/types'
import type { BackupEntry, EntryOutcome } from '../entry.ts'
import { notOneEach } from '../open-beside.ts'
import { openEntries, type OpenEntriesOptions } from '../open-entries.ts'
import type { SkippedEntry } from './events.ts'
import type { RestoreOptions } from './options.ts'
import { heldEntries } from './skip.ts'

/** What the entries of a restore are opened with. */
export interface OpenContext
  extends OpenEntriesOptions, Pick<RestoreOptions, 'store' | 'openEntries'> {
  readonly version: BackupVersion
}

/** What became of an entry: its data are held no longer. */
export type Opened = EntryOutcome | SkippedEntry

interface Feed {
  readonly batches: AsyncIterator<readonly BackupEntry[]>
  /** What was read and is not told of yet. */
  readonly taken: (SkippedEntry | 'to_open')[]
  isAtEnd: boolean
}

function skipped({ roomId, sessionId }: BackupEntry): SkippedEntry {
  return { status: 'skipped', roomId, sessionId }
}

/**
 * The entries to open. They end with a batch of which none is: nothing comes out for those that are held
 * before whoever opens has given what it had, and they must not pile up.
 */
async function* toOpen(
  feed: Feed,
  { store, version }: OpenContext,
): AsyncGenerator<BackupEntry, undefined> {
  for (;;) {
    const next = await feed.batches.next()
    if (next.done === true) {
      feed.isAtEnd = true
      return
    }
    const batch = next.value
    const held = await heldEntries(store, batch, version)
    for (const entry of batch) feed.taken.push(held.has(entry) ? skipped(entry) : 'to_open')
    if (held.size === batch.length) return
    for (const entry of batch) if (!held.has(entry)) yield entry
  }
}

/** Those that are held, up to the first that is not. */
function* held({ taken }: Feed): Generator<Opened> {
  for (let first = taken[0]; typeof first === 'object'; first = taken[0]) {
    taken.shift()
    yield first
  }
}

async function* openOnce(feed: Feed, context: OpenContext): AsyncGenerator<Opened> {
  const { openEntries: open = openEntries } = context
  for await (const outcome of open(toOpen(feed, context), context)) {
    yield* held(feed)
    if (feed.taken.shift() === undefined) throw notOneEach()
    yield outcome
  }
  yield* held(feed)
  if (feed.taken.length > 0) throw notOneEach()
}

/**
 * Opens what is not held.
 *
 * @param batches - is not closed here: it may stand in the middle of a reading
 */
export async function* openAhead(
  batches: AsyncIterator<readonly BackupEntry[]>,
  context: OpenContext,
): AsyncGenerator<Opened> {
  const feed: Feed = { batches, taken: [], isAtEnd: false }
  while (!feed.isAtEnd) yield* openOnce(feed, context)
}
