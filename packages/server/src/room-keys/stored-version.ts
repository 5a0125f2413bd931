/**
 * Versions as they are stored, and the lock that every change of a backup takes.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#server-side-key-backups
 */
import { RefusedRequest } from '../errors.ts'
import { type RequestContext, pathParam, type Services, type Session } from '../http/context.ts'
import { type SqlExecutor, type SqlRow, textColumn } from '../store.ts'

/** A user's version, by the number that the server gave it. */
export interface VersionKey {
  readonly userId: string
  readonly version: string
}

/** Who does something, as the log names them. */
export function actorOf({ userId, deviceId }: Session): Pick<Session, 'userId' | 'deviceId'> {
  return { userId, deviceId }
}

/** What every upload and deletion of keys answers. */
export interface BackupState {
  readonly count: number
  readonly etag: string
}

/** The server's own numbers; `01`, `+1` or `1.0` were never issued and mean nothing. */
const ISSUED = /^[1-9][0-9]{0,14}$/

/** The answer for a version that is deleted, another user's, or was never there: always the same. */
export function unknownVersion(): RefusedRequest {
  return new RefusedRequest([404, 'M_NOT_FOUND'], 'Unknown backup version')
}

function issuedVersion(version: string): string {
  if (!ISSUED.test(version)) throw unknownVersion()
  return version
}

/** The version in the path. */
export function versionInPath(context: RequestContext): string {
  return issuedVersion(pathParam(context, 'version'))
}

/** The version in the query. */
export function versionInQuery({ query }: RequestContext): string {
  const version = query.get('version')
  if (!version) throw new RefusedRequest([400, 'M_MISSING_PARAM'], 'Missing query: version')
  return issuedVersion(version)
}

/** The answer for a change that would take more than a user may have. */
export function overQuota({ quotaInfoUri }: Services, what: string): RefusedRequest {
  return new RefusedRequest([403, 'M_USER_LIMIT_EXCEEDED'], what, {
    body: { info_uri: quotaInfoUri },
  })
}

/**
 * Makes the changes of one user's versions follow one another. It comes before the row of a version is
 * locked, and that before the keys, so that two changes never wait for each other. Sign-ins and inserts
 * that refer to the user do not wait.
 */
export async function lockVersions(tx: SqlExecutor, userId: string): Promise<void> {
  await tx.query('SELECT user_id FROM users WHERE user_id = $1 FOR NO KEY UPDATE', [userId])
}

/** The user's current version: the newest that is not deleted, or `null`. */
export async function currentVersion(tx: SqlExecutor, userId: string): Promise<string | null> {
  const { rows } = await tx.query(
    `SELECT version::text AS version FROM backup_versions WHERE user_id = $1 AND is_current`,
    [userId],
  )
  return rows[0] === undefined ? null : textColumn(rows[0], 'version')
}

/** Reads the columns `count` and `etag`. */
export function stateOf(row: SqlRow | undefined): BackupState {
  if (row === undefined) throw unknownVersion()
  return { count: Number(textColumn(row, 'count')), etag: textColumn(row, 'etag') }
}

/**
 * The state of a version.
 *
 * @throws RefusedRequest 404 when it is deleted or was never there
 */
export async function backupState(tx: SqlExecutor, key: VersionKey): Promise<BackupState> {
  const { rows } = await tx.query(
    `SELECT etag::text AS etag, key_count::text AS count FROM backup_versions
     WHERE user_id = $1 AND version = $2::bigint AND deleted_at IS NULL`,
    [key.userId, key.version],
  )
  return stateOf(rows[0])
}

/**
 * The state of a version whose keys are about to change: whoever else changes them waits.
 *
 * @throws RefusedRequest 404 when it is deleted or was never there
 */
export async function lockedState(tx: SqlExecutor, key: VersionKey): Promise<BackupState> {
  const { rows } = await tx.query(
    `SELECT etag::text AS etag, key_count::text AS count FROM backup_versions
     WHERE user_id = $1 AND version = $2::bigint AND deleted_at IS NULL FOR NO KEY UPDATE`,
    [key.userId, key.version],
  )
  return stateOf(rows[0])
}

/** Counts added or removed keys and moves the etag: once a request, whatever the number of keys. */
export async function recordChange(
  tx: SqlExecutor,
  { userId, version }: VersionKey,
  addedKeys: number,
): Promise<BackupState> {
  const { rows } = await tx.query(
    `UPDATE backup_versions SET etag = etag + 1, key_count = key_count + $3::bigint
     WHERE user_id = $1 AND version = $2::bigint
     RETURNING etag::text AS etag, key_count::text AS count`,
    [userId, version, addedKeys],
  )
  return stateOf(rows[0])
}
