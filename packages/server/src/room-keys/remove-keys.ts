/**
 * Removing keys batch by batch, in the order of the primary key: no statement is larger than a batch,
 * whatever the size of a backup.
 */
import { type SqlExecutor, textColumn } from '../store.ts'
import { followKeyOrder } from '../store/key-order.ts'
import type { VersionKey } from './stored-version.ts'

const KEYS_PER_BATCH = 2000

/** Where a batch begins, in the order of the primary key. */
export type Position = readonly [roomId: string, sessionId: string]

/** Before every key. */
export const BEGINNING: Position = ['', '']

/** Keys of a version: all of them, or those of a room. */
export interface KeyRange extends VersionKey {
  readonly roomId?: string
}

/** What a batch did, and where the next one begins; `null` when there is none. */
export interface Batch {
  readonly removed: number
  readonly next: Position | null
}

const RANGE = `user_id = $1 AND version = $2::bigint AND ($3::text IS NULL OR room_id = $3)
  AND (room_id, session_id) >= ($4, $5)`

const FIND_END = `
  SELECT room_id, session_id FROM backup_keys WHERE ${RANGE}
  ORDER BY room_id, session_id OFFSET ${KEYS_PER_BATCH} LIMIT 1`

const REMOVE = `
  WITH removed AS (
    DELETE FROM backup_keys
    WHERE ${RANGE} AND ($6::text IS NULL OR (room_id, session_id) < ($6, $7))
    RETURNING 1
  ) SELECT count(*)::text AS removed FROM removed`

/** Removes the keys of one batch. */
export async function removeBatch(
  tx: SqlExecutor,
  range: KeyRange,
  from: Position,
): Promise<Batch> {
  const { userId, version, roomId = null } = range
  await followKeyOrder(tx)
  // A room's keys begin with the room, not with the whole backup.
  const start = roomId !== null && from === BEGINNING ? [roomId, ''] : from
  const params = [userId, version, roomId, ...start]
  const [end] = (await tx.query(FIND_END, params)).rows
  const next: Position | null =
    end === undefined ? null : [textColumn(end, 'room_id'), textColumn(end, 'session_id')]
  const [row] = (await tx.query(REMOVE, [...params, ...(next ?? [null, null])])).rows
  return { removed: row === undefined ? 0 : Number(textColumn(row, 'removed')), next }
}

/** Removes all keys of a range within one transaction, and counts them. */
export async function removeAll(tx: SqlExecutor, range: KeyRange): Promise<number> {
  let removed = 0
  for (let from: Position | null = BEGINNING; from !== null;) {
    const batch: Batch = await removeBatch(tx, range, from)
    removed += batch.removed
    from = batch.next
  }
  return removed
}
