/**
 * `GET /room_keys/keys…`, on any version that is not deleted.
 *
 * Rooms and all keys are streamed page by page out of one snapshot: a repeatable-read transaction that
 * follows the primary key. The transaction runs ahead of the reader and waits for a
 * slow one for a limited time only (see `http/read-ahead.ts`). What is read ahead takes memory until
 * somebody reads it, so downloads are counted, and each has its slot until its end is read.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3room_keyskeys
 */
import { RefusedRequest } from '../errors.ts'
import { writtenJson } from '../http/answers.ts'
import { idParam, type UserContext, type UserHandler } from '../http/context.ts'
import { type ReadAhead, readAhead } from '../http/read-ahead.ts'
import type { DownloadEvent } from '../operations/events.ts'
import { tooManyRequests } from '../operations/rate-limits.ts'
import { type SqlExecutor, type SqlRow, textColumn } from '../store.ts'
import { followKeyOrder } from '../store/key-order.ts'
import {
  KEY_COLUMNS,
  keyJson,
  type KeyPages,
  roomJson,
  type RoomPart,
  roomsJson,
  SESSION_ENTRY,
} from './key-json.ts'
import { backupState, type VersionKey, versionInQuery } from './stored-version.ts'

const KEYS_PER_PAGE = 500

/** Which keys to write, and how. */
interface Download {
  /** `null` for every room. */
  readonly roomId: string | null
  readonly write: (pages: KeyPages) => AsyncGenerator<string>
}

/** The keys from a position on, or behind it, by room. */
function pageQuery(comparison: '>' | '>='): string {
  return `
    SELECT room_id, string_agg(entry, ',') AS sessions, max(session_id) AS last_session_id,
      count(*)::text AS count
    FROM (
      SELECT room_id, session_id, ${SESSION_ENTRY} AS entry FROM backup_keys
      WHERE user_id = $1 AND version = $2::bigint AND (room_id, session_id) ${comparison} ($3, $4)
        AND ($5::text IS NULL OR room_id = $5)
      ORDER BY room_id, session_id LIMIT ${KEYS_PER_PAGE}
    ) page GROUP BY room_id ORDER BY room_id`
}

const [FIRST_PAGE, NEXT_PAGE] = [pageQuery('>='), pageQuery('>')]

function partOf(row: SqlRow): RoomPart {
  return {
    roomId: textColumn(row, 'room_id'),
    sessions: textColumn(row, 'sessions'),
    lastSessionId: textColumn(row, 'last_session_id'),
  }
}

function countOf(rows: readonly SqlRow[]): number {
  return rows.reduce((sum, row) => sum + Number(textColumn(row, 'count')), 0)
}

/** The database finds the next page while the one before is written. */
async function* readPages(
  tx: SqlExecutor,
  { userId, version }: VersionKey,
  roomId: string | null,
): AsyncGenerator<readonly RoomPart[]> {
  const ask = (sql: string, position: readonly string[]): ReturnType<SqlExecutor['query']> => {
    const answer = tx.query(sql, [userId, version, ...position, roomId])
    // It fails where it is awaited, which is later.
    answer.catch(() => undefined)
    return answer
  }
  let page = ask(FIRST_PAGE, [roomId ?? '', ''])
  try {
    for (;;) {
      const { rows } = await page
      const parts = rows.map(partOf)
      const last = parts.at(-1)
      const isLast = last === undefined || countOf(rows) < KEYS_PER_PAGE
      if (!isLast) page = ask(NEXT_PAGE, [last.roomId, last.lastSessionId])
      if (last !== undefined) yield parts
      if (isLast) return
    }
  } finally {
    // The transaction ends after its last statement, whoever gave up in between.
    await page.catch(() => undefined)
  }
}

async function readKeys(
  context: UserContext,
  download: Download,
  stream: ReadAhead,
): Promise<void> {
  const key = { userId: context.session.userId, version: versionInQuery(context) }
  await context.services.store.transaction(async (tx) => {
    await backupState(tx, key)
    await followKeyOrder(tx)
    stream.open()
    const pages = readPages(tx, key, download.roomId)
    for await (const text of download.write(pages)) await stream.write(text)
  }, 'snapshot')
}

/** Reads to the end, and tells how it came to it. */
async function runDownload(
  context: UserContext,
  download: Download,
  stream: ReadAhead,
): Promise<void> {
  const { now, onError, emit } = context.services
  const began = now()
  let outcome: DownloadEvent['outcome'] = 'complete'
  try {
    await readKeys(context, download, stream)
    await stream.close()
  } catch (error) {
    stream.abort(error)
    if (!stream.isOpen()) return
    outcome = stream.readerLeft() ? 'reader_left' : 'failed'
    if (outcome === 'failed') onError(error)
  }
  const [bytes, milliseconds] = [stream.written(), now() - began]
  emit({ type: 'download_ended', outcome, bytes, milliseconds })
}

/** Answers as soon as the version is found, while the keys are still being read. */
async function streamKeys(context: UserContext, download: Download): Promise<Response> {
  const { downloads, limits } = context.services
  const release = await downloads.acquire(context.session.userId)
  if (release === null) throw tooManyRequests(limits.downloadWaitMs)
  const stream = readAhead(limits)
  void runDownload(context, download, stream).finally(release)
  await stream.opened
  return writtenJson(stream.readable)
}

/** Answers `GET /room_keys/keys/{roomId}/{sessionId}`. */
export const getSessionKey: UserHandler = async (context) => {
  const { rows } = await context.services.store.query(
    `SELECT ${KEY_COLUMNS} FROM backup_keys JOIN backup_versions USING (user_id, version)
     WHERE user_id = $1 AND version = $2::bigint AND room_id = $3 AND session_id = $4
       AND deleted_at IS NULL`,
    [
      context.session.userId,
      versionInQuery(context),
      idParam(context, 'roomId'),
      idParam(context, 'sessionId'),
    ],
  )
  if (rows[0] !== undefined) return writtenJson(keyJson(rows[0]))
  throw new RefusedRequest([404, 'M_NOT_FOUND'], 'No such key in this backup version')
}

/** Answers `GET /room_keys/keys/{roomId}`. */
export const getRoomKeys: UserHandler = (context) =>
  streamKeys(context, { roomId: idParam(context, 'roomId'), write: roomJson })

/** Answers `GET /room_keys/keys`. */
export const getAllKeys: UserHandler = (context) =>
  streamKeys(context, { roomId: null, write: roomsJson })
