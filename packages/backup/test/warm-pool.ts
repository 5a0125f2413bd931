/** A pool that has begun: its workers have what there is from now on, however little it is. */
import { collect } from '../src/collect.ts'
import type { OpenEntriesOptions } from '../src/open-entries.ts'
import { createEntryPool, type EntryPool } from '../src/pool.node.ts'
import { megolmBackupV1 } from '../src/v1.ts'
import { account, at } from './vectors.ts'

/** How the entries of the account are opened. */
export const OPENING: OpenEntriesOptions = { algorithm: megolmBackupV1, key: account.key }

/** More than a pool does in the calling thread. */
const COUNT = 2_100

/** Makes a pool of two workers that are started. */
export async function createWarmPool(): Promise<EntryPool> {
  const pool = createEntryPool({ size: 2 })
  const entries = Array.from({ length: COUNT }, (_, i) => at(account.entries, i % 250))
  await collect(pool.openEntries(entries, OPENING))
  return pool
}
