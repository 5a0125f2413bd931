/**
 * `DELETE /room_keys/keys…`, on any version that is not deleted itself.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#delete_matrixclientv3room_keyskeys
 */
import { jsonAnswer } from '../http/answers.ts'
import { idParam, type UserContext, type UserHandler } from '../http/context.ts'
import type { SqlExecutor } from '../store.ts'
import { removeAll } from './remove-keys.ts'
import {
  actorOf,
  type BackupState,
  lockedState,
  recordChange,
  type VersionKey,
  versionInQuery,
} from './stored-version.ts'

interface Removal {
  readonly state: BackupState
  readonly removedKeys: number
}

async function removeOne(
  tx: SqlExecutor,
  { userId, version }: VersionKey,
  ids: readonly string[],
): Promise<number> {
  const { rows } = await tx.query(
    `DELETE FROM backup_keys
     WHERE user_id = $1 AND version = $2::bigint AND room_id = $3 AND session_id = $4
     RETURNING '' AS removed`,
    [userId, version, ...ids],
  )
  return rows.length
}

/** One transaction, so that nobody sees a part gone; one etag, however many batches. */
async function removeKeys(
  tx: SqlExecutor,
  key: VersionKey,
  ids: readonly string[],
): Promise<Removal> {
  const state = await lockedState(tx, key)
  const [roomId, sessionId] = ids
  const range = roomId === undefined ? key : { ...key, roomId }
  const removedKeys = await (sessionId === undefined
    ? removeAll(tx, range)
    : removeOne(tx, key, ids))
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
