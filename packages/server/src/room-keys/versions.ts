/**
 * `/room_keys/version`: creating, reading, updating and deleting versions of a backup.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3room_keysversion
 */
import {
  createBackupVersionRequestSchema,
  type UpdateBackupVersionRequest,
  updateBackupVersionRequestSchema,
} from '@roomkeys/types'
import { RefusedRequest } from '../errors.ts'
import { jsonAnswer, writtenJson } from '../http/answers.ts'
import { type BodyBounds, readBody } from '../http/body.ts'
import {
  requireUsableId,
  type Services,
  type UserContext,
  type UserHandler,
} from '../http/context.ts'
import { type SqlExecutor, type SqlRow, textColumn } from '../store.ts'
import {
  actorOf,
  lockVersions,
  overQuota,
  unknownVersion,
  type VersionKey,
  versionInPath,
} from './stored-version.ts'

const INFO_COLUMNS = `algorithm, auth_data, key_count::text AS count, etag::text AS etag,
  version::text AS version`

function versionBounds({ services: { limits } }: UserContext): BodyBounds {
  return { maxBytes: limits.versionBytes, maxDepth: limits.jsonDepth }
}

/** `auth_data` is signed, so its stored text goes out as it is. */
function versionInfo(row: SqlRow | undefined): Response {
  if (row === undefined) throw unknownVersion()
  const algorithm = JSON.stringify(textColumn(row, 'algorithm'))
  const [authData, count] = [textColumn(row, 'auth_data'), textColumn(row, 'count')]
  const [etag, version] = [textColumn(row, 'etag'), textColumn(row, 'version')]
  return writtenJson(
    `{"algorithm":${algorithm},"auth_data":${authData},"count":${count},"etag":"${etag}","version":"${version}"}`,
  )
}

async function requireRoomForVersion(
  tx: SqlExecutor,
  userId: string,
  services: Services,
): Promise<void> {
  const { rows } = await tx.query(
    `SELECT count(*)::text AS live FROM backup_versions
     WHERE user_id = $1 AND deleted_at IS NULL`,
    [userId],
  )
  if (rows[0] === undefined) return
  if (Number(textColumn(rows[0], 'live')) >= services.limits.versionsPerUser)
    throw overQuota(services, 'Too many backup versions')
}

/** Takes the user's next version number. Numbers are never given twice, deletions or not. */
async function takeVersion(tx: SqlExecutor, userId: string): Promise<string> {
  const { rows } = await tx.query(
    `UPDATE users SET next_version = next_version + 1 WHERE user_id = $1
     RETURNING (next_version - 1)::text AS version`,
    [userId],
  )
  if (rows[0] === undefined) throw unknownVersion()
  return textColumn(rows[0], 'version')
}

/** Answers `POST /room_keys/version`. */
export const postVersion: UserHandler = async (context) => {
  const { services, session } = context
  const body = await readBody(
    context.request,
    createBackupVersionRequestSchema,
    versionBounds(context),
  )
  const algorithm = requireUsableId(body.algorithm, services.limits)
  services.rateLimiter.countBackupChange(session.userId)
  const version = await services.store.transaction(async (tx) => {
    await lockVersions(tx, session.userId)
    await requireRoomForVersion(tx, session.userId, services)
    const issued = await takeVersion(tx, session.userId)
    await tx.query(
      'UPDATE backup_versions SET is_current = false WHERE user_id = $1 AND is_current',
      [session.userId],
    )
    await tx.query(
      `INSERT INTO backup_versions (user_id, version, algorithm, auth_data, is_current)
       VALUES ($1, $2::bigint, $3, $4, true)`,
      [session.userId, issued, algorithm, JSON.stringify(body.auth_data)],
    )
    return issued
  })
  services.emit({ type: 'version_created', ...actorOf(session), version, removedKeys: 0 })
  return jsonAnswer({ version })
}

/** Answers `GET /room_keys/version`: the newest version that is not deleted. */
export const getCurrentVersion: UserHandler = async ({ services, session }) => {
  const { rows } = await services.store.query(
    `SELECT ${INFO_COLUMNS} FROM backup_versions
     WHERE user_id = $1 AND deleted_at IS NULL ORDER BY backup_versions.version DESC LIMIT 1`,
    [session.userId],
  )
  return versionInfo(rows[0])
}

/** Answers `GET /room_keys/version/{version}`. */
export const getVersion: UserHandler = async (context) => {
  const { rows } = await context.services.store.query(
    `SELECT ${INFO_COLUMNS} FROM backup_versions
     WHERE user_id = $1 AND version = $2::bigint AND deleted_at IS NULL`,
    [context.session.userId, versionInPath(context)],
  )
  return versionInfo(rows[0])
}

function refuseChange(what: string): never {
  throw new RefusedRequest([400, 'M_INVALID_PARAM'], `${what} of a version cannot change`)
}

async function updateAuthData(
  tx: SqlExecutor,
  { userId, version }: VersionKey,
  body: UpdateBackupVersionRequest,
): Promise<void> {
  const { rows } = await tx.query(
    `SELECT algorithm FROM backup_versions
     WHERE user_id = $1 AND version = $2::bigint AND deleted_at IS NULL FOR UPDATE`,
    [userId, version],
  )
  if (rows[0] === undefined) throw unknownVersion()
  if (textColumn(rows[0], 'algorithm') !== body.algorithm) refuseChange('The algorithm')
  await tx.query(
    'UPDATE backup_versions SET auth_data = $3 WHERE user_id = $1 AND version = $2::bigint',
    [userId, version, JSON.stringify(body.auth_data)],
  )
}

/** Answers `PUT /room_keys/version/{version}`. Keys are not touched, so neither is the etag. */
export const putVersion: UserHandler = async (context) => {
  const key = { userId: context.session.userId, version: versionInPath(context) }
  const body = await readBody(
    context.request,
    updateBackupVersionRequestSchema,
    versionBounds(context),
  )
  if (body.version !== undefined && body.version !== key.version) refuseChange('The name')
  await context.services.store.transaction((tx) => updateAuthData(tx, key, body))
  return jsonAnswer({})
}

/** Makes the newest version that is not deleted the current one. */
const ELECT = `
  UPDATE backup_versions SET is_current = true
  WHERE user_id = $1 AND NOT is_current AND version = (
    SELECT max(version) FROM backup_versions WHERE user_id = $1 AND deleted_at IS NULL)`

/** Leaves a tombstone without content; nothing reads the keys below it, and they are purged later. */
async function entomb(
  tx: SqlExecutor,
  { userId, version }: VersionKey,
  now: number,
): Promise<void> {
  await lockVersions(tx, userId)
  const { rows } = await tx.query(
    `UPDATE backup_versions SET deleted_at = coalesce(deleted_at, $3::bigint),
       algorithm = '', auth_data = '{}', key_count = 0, is_current = false
     WHERE user_id = $1 AND version = $2::bigint RETURNING version::text AS version`,
    [userId, version, now],
  )
  if (rows.length === 0) throw unknownVersion()
  await tx.query(ELECT, [userId])
}

/** Answers `DELETE /room_keys/version/{version}`; a second time as well. */
export const deleteVersion: UserHandler = async (context) => {
  const { services, session } = context
  const { userId } = session
  const key = { userId, version: versionInPath(context) }
  services.rateLimiter.countBackupChange(userId)
  await services.store.transaction((tx) => entomb(tx, key, services.now()))
  services.purges.ofUser(userId)
  services.emit({ type: 'version_deleted', ...actorOf(session), ...key, removedKeys: 0 })
  return jsonAnswer({})
}
