/** Opening entries that are needed again beside what became of them. */
import { BATCH_SIZE } from './batches.ts'
import type { BackupEntry, EntryOutcome } from './entry.ts'
import { openEntries, type OpenEntries, type OpenEntriesOptions } from './open-entries.ts'

/** Entries as they come. */
export type Entries = Iterable<BackupEntry> | AsyncIterable<BackupEntry>

/** An entry, and what became of it. */
export interface EntryBeside {
  readonly entry: BackupEntry
  readonly outcome: EntryOutcome
}

async function* noted(entries: Entries, taken: BackupEntry[]): AsyncGenerator<BackupEntry> {
  for await (const entry of entries) {
    taken.push(entry)
    yield entry
  }
}

/** The error of an opener that does not keep to what it is to do. */
export function notOneEach(): TypeError {
  return new TypeError('openEntries must give one outcome for each entry')
}

/** Opens entries, in their order, some at a time. They are held as long as the opener works on them. */
export async function* openBeside(
  entries: Entries,
  options: OpenEntriesOptions & { readonly openEntries?: OpenEntries },
): AsyncGenerator<readonly EntryBeside[]> {
  const { openEntries: open = openEntries } = options
  const taken: BackupEntry[] = []
  let batch: EntryBeside[] = []
  for await (const outcome of open(noted(entries, taken), options)) {
    const entry = taken.shift()
    if (entry === undefined) throw notOneEach()
    batch.push({ entry, outcome })
    if (batch.length < BATCH_SIZE) continue
    yield batch
    batch = []
  }
  if (taken.length > 0) throw notOneEach()
  if (batch.length > 0) yield batch
}
