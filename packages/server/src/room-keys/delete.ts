/**
 * `DELETE /room_keys/keys…`, on any version that is not deleted itself.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#delete_matrixclientv3room_keyskeys
 */
import { jsonAnswer } from '../http/answers.ts'
import { idParam, type UserContext, type UserHandler } from '../http/context.ts'
import { type SqlExecutor, textColumn } from '../store.ts'
import {
  actorOf,
  type BackupState,
  backupState,
  lockBackups,
  recordChange,
  type VersionKey,
  versionInQuery,
} from './stored-version.ts'

/** Columns that name the keys to delete; the path gives their values in the same order. */
const ID_COLUMNS = ['room_id', 'session_id'] as const

async function removeKeys(
  tx: SqlExecutor,
  key: VersionKey,
  ids: readonly string[],
): Promise<{ readonly state: BackupState; readonly removedKeys: number }> {
  await lockBackups(tx, key.userId)
  const state = await backupState(tx, key)
  const named = ID_COLUMNS.slice(0, ids.length).map((column, i) => `AND ${column} = $${i + 3}`)
  const { rows } = await tx.query(
    `WITH removed AS (
       DELETE FROM backup_keys WHERE user_id = $1 AND version = $2::bigint ${named.join(' ')}
       RETURNING 1
     ) SELECT count(*)::text AS removed FROM removed`,
    [key.userId, key.version, ...ids],
  )
  const removedKeys = rows[0] === undefined ? 0 : Number(textColumn(rows[0], 'removed'))
  if (removedKeys === 0) return { state, removedKeys }
  return { state: await recordChange(tx, key, -removedKeys), removedKeys }
}

async function answerRemoval(context: UserContext, ids: readonly string[]): Promise<Response> {
  const { services, session } = context
  const key = { userId: session.userId, version: versionInQuery(context) }
  if (ids.length === 0) services.rateLimiter.countBackupChange(key.userId)
  const { state, removedKeys } = await services.store.transaction((tx) => removeKeys(tx, key, ids))
  services.emit({ type: 'keys_deleted', ...actorOf(session), ...key, removedKeys })
  return jsonAnswer(state)
}

/** Answers `DELETE /room_keys/keys/{roomId}/{sessionId}`. */
export const deleteSessionKey: UserHandler = async (context) =>
  answerRemoval(context, [idParam(context, 'roomId'), idParam(context, 'sessionId')])

/** Answers `DELETE /room_keys/keys/{roomId}`. */
export const deleteRoomKeys: UserHandler = async (context) =>
  answerRemoval(context, [idParam(context, 'roomId')])

/** Answers `DELETE /room_keys/keys`. */
export const deleteAllKeys: UserHandler = (context) => answerRemoval(context, [])
