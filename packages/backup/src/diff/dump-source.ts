/** A dump of a backup as a source: its entries, as a file or a database holds them. */
import type { BackupEntry } from '../entry.ts'
import { openEntries, type OpenEntries, type OpenEntriesOptions } from '../open-entries.ts'
import type { ProvenanceOptions } from '../provenance.ts'
import { itemOf } from './opened-item.ts'
import type { KeySource } from './source.ts'

/** What a dump is read with. */
export interface DumpSourceOptions
  extends Omit<OpenEntriesOptions, 'signal'>, Pick<ProvenanceOptions, 'backupMacInV1'> {
  /** `dump` when absent. */
  readonly name?: string
  /** Opens the entries: that of a pool, on all cores. In this thread by default. */
  readonly openEntries?: OpenEntries
}

/**
 * The keys of a dump.
 *
 * @param entries - `entriesOfStream` of the dump's bytes, say; an async one can be read once
 */
export function dumpSource(
  entries: Iterable<BackupEntry> | AsyncIterable<BackupEntry>,
  options: DumpSourceOptions,
): KeySource {
  const { name = 'dump', algorithm, backupMacInV1 = 'ignored' } = options
  const { openEntries: openAll = openEntries } = options
  return {
    name,
    origins: 'fixed',
    sessions: async function* ({ signal } = {}) {
      const opening = signal === undefined ? options : { ...options, signal }
      for await (const outcome of openAll(entries, opening))
        yield itemOf(outcome, { algorithm, backupMacInV1 })
    },
  }
}
