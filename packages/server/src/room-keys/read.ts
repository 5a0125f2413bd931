/**
 * `GET /room_keys/keys…`, on any version that is not deleted.
 *
 * Rooms and all keys are streamed page by page out of one snapshot: a repeatable-read transaction with
 * a cursor in the order of the primary key. The transaction runs ahead of the reader and waits for a
 * slow one for a limited time only (see `http/read-ahead.ts`).
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3room_keyskeys
 */
import { RefusedRequest } from '../errors.ts'
import { writtenJson } from '../http/answers.ts'
import { idParam, type UserContext, type UserHandler } from '../http/context.ts'
import { type ReadAhead, readAhead } from '../http/read-ahead.ts'
import type { SqlExecutor, SqlRow } from '../store.ts'
import { KEY_COLUMNS, keyJson, type KeyPages, roomJson, roomsJson } from './key-json.ts'
import { backupState, type VersionKey, versionInQuery } from './stored-version.ts'

const ROWS_PER_PAGE = 500

/** Which keys to write, and how. */
interface Download {
  /** `null` for every room. */
  readonly roomId: string | null
  readonly write: (pages: KeyPages) => AsyncGenerator<string>
}

async function openCursor(tx: SqlExecutor, key: VersionKey, { roomId }: Download): Promise<void> {
  await tx.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY')
  await backupState(tx, key)
  const inRoom = roomId === null ? '' : 'AND room_id = $3'
  await tx.query(
    `DECLARE stored_keys NO SCROLL CURSOR FOR SELECT ${KEY_COLUMNS} FROM backup_keys
     WHERE user_id = $1 AND version = $2::bigint ${inRoom} ORDER BY room_id, session_id`,
    [key.userId, key.version, ...(roomId === null ? [] : [roomId])],
  )
}

async function* fetchPages(tx: SqlExecutor): AsyncGenerator<readonly SqlRow[]> {
  for (;;) {
    const { rows } = await tx.query(`FETCH FORWARD ${ROWS_PER_PAGE} FROM stored_keys`)
    if (rows.length > 0) yield rows
    if (rows.length < ROWS_PER_PAGE) return
  }
}

interface Progress {
  readonly stream: ReadAhead
  /** Called once the answer is certain to be a 200. */
  readonly started: () => void
}

async function writeKeys(
  context: UserContext,
  download: Download,
  { stream, started }: Progress,
): Promise<void> {
  const key = { userId: context.session.userId, version: versionInQuery(context) }
  await context.services.store.transaction(async (tx) => {
    await openCursor(tx, key, download)
    started()
    for await (const text of download.write(fetchPages(tx))) await stream.write(text)
  })
}

/** Answers as soon as the version is found, while the keys are still being read. */
function streamKeys(context: UserContext, download: Download): Promise<Response> {
  return new Promise((resolve, reject) => {
    const stream = readAhead(context.services.limits)
    let answered = false
    const started = (): void => {
      answered = true
      resolve(writtenJson(stream.readable))
    }
    const failed = (error: unknown): void => {
      if (answered && !stream.readerLeft()) context.services.onError(error)
      stream.abort()
      reject(error instanceof Error ? error : new Error('The store failed', { cause: error }))
    }
    writeKeys(context, download, { stream, started }).then(stream.close, failed)
  })
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
