/**
 * What is pending for a version, from the index and without reading anything that is settled.
 *
 * An index is slow where much was taken out: browsers step over every entry that was there. Uploads
 * take out at the front what they just read, so that looking from the front again and again costs the
 * square of what there is. So each look begins where the last one ended and goes round, and before it
 * goes round, counting tells whether that is worth it.
 */
import type { BackupVersion } from '@roomkeys/types'
import { wrap } from 'idb'
import type { StoreCounts, StoredSession } from '../ports/room-key-store.ts'
import { stored } from './indexeddb-errors.ts'
import { type IndexKey, indexKeyOf, sessionOf, settledName } from './indexeddb-row.ts'
import { SESSIONS, SETTLED } from './indexeddb-schema.ts'

/** The longest list that the database takes a limit for. */
const MAX_LIMIT = 0xffffffff

/** Before and after every key of the index: a shorter array comes first, an array after all strings. */
const START: readonly unknown[] = []
const END: readonly unknown[] = [[]]

/** Around every key of one version. */
const before = (name: string): readonly unknown[] => [name]
const after = (name: string): readonly unknown[] => [name, []]

/** The keys of other versions that come after one of them. */
function rangesAfter(name: string, last: IndexKey): readonly IDBKeyRange[] {
  if (last[0] > name) return [IDBKeyRange.bound(last, END, true)]
  return [IDBKeyRange.bound(last, before(name), true), IDBKeyRange.bound(after(name), END)]
}

/** The keys of other versions up to one of them, or all. */
function rangesUpTo(name: string, last: IndexKey | null): readonly IDBKeyRange[] {
  if (last !== null && last[0] < name) return [IDBKeyRange.bound(START, last)]
  return [IDBKeyRange.bound(START, before(name)), IDBKeyRange.bound(after(name), last ?? END)]
}

async function rowsIn(
  index: IDBIndex,
  ranges: readonly IDBKeyRange[],
  limit: number,
): Promise<readonly unknown[]> {
  const rows: unknown[] = []
  for (const range of ranges) {
    // A limit of 0 is none at all to the database.
    const left = Math.min(Math.trunc(limit) - rows.length, MAX_LIMIT)
    if (left >= 1) rows.push(...(await wrap<unknown[]>(index.getAll(range, left))))
  }
  return rows
}

async function countIn(sessions: IDBObjectStore, version: BackupVersion): Promise<StoreCounts> {
  const name = settledName(version)
  const settled = sessions.index(SETTLED).count(IDBKeyRange.bound(before(name), after(name)))
  const [total, done] = await Promise.all([wrap(sessions.count()), wrap(settled)])
  return { total, pending: total - done }
}

/** The questions about what is pending. */
export interface Pending {
  readonly counts: (version: BackupVersion) => Promise<StoreCounts>
  readonly pending: (version: BackupVersion, limit: number) => Promise<readonly StoredSession[]>
}

/** The questions about what is pending in an open database. */
export function pendingIn(database: IDBDatabase): Pending {
  let last: { readonly version: BackupVersion; readonly key: IndexKey } | null = null

  const sessions = (): IDBObjectStore => database.transaction(SESSIONS).objectStore(SESSIONS)

  async function rowsFor(version: BackupVersion, limit: number): Promise<readonly unknown[]> {
    const store = sessions()
    const index = store.index(SETTLED)
    const key = last?.version === version ? last.key : null
    const name = settledName(version)
    const rows = key === null ? [] : await rowsIn(index, rangesAfter(name, key), limit)
    if (rows.length >= limit) return rows
    const { pending } = await countIn(store, version)
    if (pending <= rows.length) return rows
    return [...rows, ...(await rowsIn(index, rangesUpTo(name, key), limit - rows.length))]
  }

  return {
    counts: (version) => stored(() => countIn(sessions(), version)),
    pending: async (version, limit) => {
      const found = (await stored(() => rowsFor(version, limit))).map(sessionOf)
      const end = found.at(-1)
      if (end !== undefined) last = { version, key: indexKeyOf(end) }
      return found
    },
  }
}
