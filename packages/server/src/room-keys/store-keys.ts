/**
 * Storing uploaded keys: one statement, whole or not at all.
 *
 * The row of the version is locked first and says in its newest state whether it is current, so two
 * uploads, or an upload and a new version, follow one another without a transaction of several steps.
 */
import type { KeyMetadata } from '@roomkeys/types'
import { RefusedRequest } from '../errors.ts'
import { type SqlExecutor, type SqlRow, textColumn } from '../store.ts'
import {
  type BackupState,
  backupState,
  currentVersion,
  stateOf,
  unknownVersion,
  type VersionKey,
} from './stored-version.ts'

/** Room ids, session ids, indexes, counts, whether verified, and session data: one array each. */
export type KeyColumns = readonly (readonly unknown[])[]

/** A stored key that a better copy took the place of. */
export interface Replacement {
  readonly roomId: string
  readonly sessionId: string
  readonly before: KeyMetadata
  readonly after: KeyMetadata
}

/** What an upload changed. */
export interface Stored {
  readonly state: BackupState
  readonly inserted: number
  readonly replacements: readonly Replacement[]
}

/** The metadata of a row, as {@link metadataOf} reads it. */
function metadata(row: string): string {
  return `concat_ws(' ', ${row}.is_verified::text, ${row}.first_message_index, ${row}.forwarded_count)`
}

/**
 * Inserts keys, and replaces those that are better than the stored ones. A row that kept what it had is
 * not among the changed ones; of the others, `previous` is null where the row is new.
 */
const STORE = `
  WITH target AS MATERIALIZED (
    SELECT etag, key_count FROM backup_versions
    WHERE user_id = $1 AND version = $2::bigint AND is_current FOR NO KEY UPDATE
  ), changed AS (
    INSERT INTO backup_keys AS stored (user_id, version, room_id, session_id,
      first_message_index, forwarded_count, is_verified, session_data)
    SELECT $1, $2::bigint, uploaded.* FROM target CROSS JOIN unnest($3::text[], $4::text[],
      $5::bigint[], $6::bigint[], $7::boolean[], $8::text[]) AS uploaded
    ON CONFLICT (user_id, version, room_id, session_id) DO UPDATE SET
      first_message_index = excluded.first_message_index,
      forwarded_count = excluded.forwarded_count,
      is_verified = excluded.is_verified,
      session_data = excluded.session_data,
      previous = ${metadata('stored')}
    WHERE (NOT excluded.is_verified, excluded.first_message_index, excluded.forwarded_count)
        < (NOT stored.is_verified, stored.first_message_index, stored.forwarded_count)
    RETURNING room_id, session_id, previous, ${metadata('stored')} AS now
  ), sums AS (
    SELECT count(*) AS changed, count(*) FILTER (WHERE previous IS NULL) AS inserted FROM changed
  ), recorded AS (
    UPDATE backup_versions SET etag = etag + 1, key_count = key_count + sums.inserted FROM sums
    WHERE user_id = $1 AND version = $2::bigint AND sums.changed > 0
    RETURNING etag, key_count
  )
  SELECT coalesce(recorded.etag, target.etag)::text AS etag,
    coalesce(recorded.key_count, target.key_count)::text AS count,
    sums.inserted::text AS inserted, replaced.room_id, replaced.session_id, replaced.previous,
    replaced.now
  FROM target CROSS JOIN sums LEFT JOIN recorded ON true
    LEFT JOIN changed AS replaced ON replaced.previous IS NOT NULL`

function metadataOf(row: SqlRow, column: string): KeyMetadata {
  const [verified, index, forwarded] = textColumn(row, column).split(' ')
  return {
    is_verified: verified === 'true',
    first_message_index: Number(index),
    forwarded_count: Number(forwarded),
  }
}

function replacementOf(row: SqlRow): Replacement {
  return {
    roomId: textColumn(row, 'room_id'),
    sessionId: textColumn(row, 'session_id'),
    before: metadataOf(row, 'previous'),
    after: metadataOf(row, 'now'),
  }
}

/** Why a version takes no keys. The refusal names the one that does, so that a client can move on. */
async function refuseVersion(executor: SqlExecutor, key: VersionKey): Promise<never> {
  const current = await currentVersion(executor, key.userId)
  if (current === null) throw unknownVersion()
  await backupState(executor, key)
  throw new RefusedRequest([403, 'M_WRONG_ROOM_KEYS_VERSION'], 'Wrong backup version', {
    body: { current_version: current },
  })
}

/**
 * Stores keys in the current version.
 *
 * @throws RefusedRequest 403 `M_WRONG_ROOM_KEYS_VERSION`, or 404 when there is no such version
 */
export async function storeKeys(
  executor: SqlExecutor,
  key: VersionKey,
  columns: KeyColumns,
): Promise<Stored> {
  const { rows } = await executor.query(STORE, [key.userId, key.version, ...columns])
  const [first] = rows
  if (first === undefined) return refuseVersion(executor, key)
  return {
    state: stateOf(first),
    inserted: Number(textColumn(first, 'inserted')),
    replacements: rows.filter(({ previous }) => previous !== null).map(replacementOf),
  }
}
