/**
 * Removing the keys of deleted versions.
 *
 * A deletion leaves a tombstone and answers. Nothing reads keys below a tombstone, so they go
 * afterwards, in batches of their own transactions. A process that ends in between leaves `purged_at`
 * empty: the rest goes when a server starts (`start` of a server, which `listen` calls), or with the
 * user's next deletion, whichever process sees it first. Several may purge the same version.
 */
import type { ServerEvent } from '../operations/events.ts'
import { type SqlExecutor, type SqlStore, textColumn } from '../store.ts'
import { type Batch, BEGINNING, type Position, removeBatch } from './remove-keys.ts'
import type { VersionKey } from './stored-version.ts'

/** What purging needs from outside. */
export interface PurgesOptions {
  readonly store: SqlStore
  readonly now: () => number
  readonly emit: (event: ServerEvent) => void
  /** Told of a failure; the rest is purged another time. */
  readonly onError: (error: unknown) => void
}

/** The purges of one server, one after another. */
export interface Purges {
  /** Purges the deleted versions of a user. */
  readonly ofUser: (userId: string) => void
  /** Purges what was left behind, whoever left it. */
  readonly ofEverybody: () => void
  /** Resolves once nothing is left to do. */
  readonly settled: () => Promise<void>
  /** Ends after the batch in progress, and for good. */
  readonly stop: () => Promise<void>
}

/** Whoever has more gets the rest purged at the next start. */
const MAX_LEFT_BEHIND = 10_000

/** The tombstone is the lock: whoever finds it taken leaves the version to the other. */
const LOCK_TOMBSTONE = `
  SELECT version::text AS version FROM backup_versions
  WHERE user_id = $1 AND version = $2::bigint AND deleted_at IS NOT NULL AND purged_at IS NULL
  FOR UPDATE SKIP LOCKED`

const MARK_PURGED = `
  UPDATE backup_versions SET purged_at = $3::bigint WHERE user_id = $1 AND version = $2::bigint`

/** Removes a batch, unless somebody else is at it; the last one marks the version in the same breath. */
async function purgeBatch(
  tx: SqlExecutor,
  { key, now }: { readonly key: VersionKey; readonly now: number },
  from: Position,
): Promise<Batch> {
  const ids = [key.userId, key.version]
  if ((await tx.query(LOCK_TOMBSTONE, ids)).rows.length === 0) return { removed: 0, next: null }
  const batch = await removeBatch(tx, key, from)
  if (batch.next === null) await tx.query(MARK_PURGED, [...ids, now])
  return batch
}

async function unpurgedOf(store: SqlStore, userId: string): Promise<readonly VersionKey[]> {
  const { rows } = await store.query(
    `SELECT version::text AS version FROM backup_versions
     WHERE user_id = $1 AND deleted_at IS NOT NULL AND purged_at IS NULL`,
    [userId],
  )
  return rows.map((row) => ({ userId, version: textColumn(row, 'version') }))
}

/** The one query without a user: it runs at the start of a server, over an index of what is left. */
async function usersLeftBehind(store: SqlStore): Promise<readonly string[]> {
  const { rows } = await store.query(
    `SELECT DISTINCT user_id FROM backup_versions
     WHERE deleted_at IS NOT NULL AND purged_at IS NULL LIMIT ${MAX_LEFT_BEHIND}`,
  )
  return rows.map((row) => textColumn(row, 'user_id'))
}

/** Work that is done one piece after another, until it is stopped. */
function createQueue(onError: (error: unknown) => void): {
  readonly add: (work: () => Promise<void>) => void
  readonly isStopped: () => boolean
  readonly settled: () => Promise<void>
  readonly stop: () => Promise<void>
} {
  let isStopped = false
  let running: Promise<void> = Promise.resolve()
  const settled = async (): Promise<void> => {
    for (let seen: unknown = null; seen !== running;) {
      seen = running
      await running
    }
  }
  return {
    add: (work) => {
      running = running.then(() => (isStopped ? undefined : work())).catch(onError)
    },
    isStopped: () => isStopped,
    settled,
    stop: () => {
      isStopped = true
      return settled()
    },
  }
}

/** Creates purges that have nothing to do. */
export function createPurges({ store, now, emit, onError }: PurgesOptions): Purges {
  const waiting = new Set<string>()
  const queue = createQueue(onError)
  const purgeVersion = async (key: VersionKey): Promise<void> => {
    let keys = 0
    for (let from: Position | null = BEGINNING; from !== null && !queue.isStopped();) {
      const here: Position = from
      const batch = await store.transaction((tx) => purgeBatch(tx, { key, now: now() }, here))
      keys += batch.removed
      from = batch.next
    }
    if (keys > 0) emit({ type: 'keys_purged', keys })
  }
  const purgeUser = async (userId: string): Promise<void> => {
    waiting.delete(userId)
    for (const key of await unpurgedOf(store, userId)) await purgeVersion(key)
  }
  const ofUser = (userId: string): void => {
    if (waiting.has(userId)) return
    waiting.add(userId)
    queue.add(() => purgeUser(userId))
  }
  const ofEverybody = (): void => {
    queue.add(async () => {
      for (const userId of await usersLeftBehind(store)) ofUser(userId)
    })
  }
  return { ofUser, ofEverybody, settled: queue.settled, stop: queue.stop }
}
