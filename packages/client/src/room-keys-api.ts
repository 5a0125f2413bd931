/** `/room_keys` of a homeserver, as the protocol wants it: streamed, and with errors it acts on. */
import type { BackupEntry } from '@roomkeys/backup'
import { entriesOfStream, roomEntriesOfStream } from '@roomkeys/backup/entry-stream'
import {
  ApiError,
  type ApiErrorCode,
  type ReadKeysOptions,
  type RoomKeysApi,
  type UploadEntry,
} from '@roomkeys/backup/ports'
import {
  createBackupVersion,
  deleteBackupVersion,
  getBackupVersion,
  getCurrentBackupVersion,
  getRoomKeyForSession,
  type Homeserver,
  isTransportError,
  putRoomKeys,
  type TransportErrorCode,
  updateBackupVersion,
} from '@roomkeys/transport'
import { streamRoomKeys } from '@roomkeys/transport/stream'
import type { BackupVersion, KeyBackupData, RoomKeyBackup, RoomKeys } from '@roomkeys/types'

const CODES: Readonly<Record<TransportErrorCode, ApiErrorCode>> = {
  bad_id: 'rejected',
  network: 'offline',
  timeout: 'timeout',
  redirected: 'bad_answer',
  not_json: 'bad_answer',
  shape: 'bad_answer',
  answer_too_large: 'bad_answer',
  unauthorized: 'unauthorized',
  forbidden: 'rejected',
  not_found: 'version_not_found',
  wrong_version: 'wrong_version',
  rate_limited: 'rate_limited',
  too_large: 'too_large',
  unrecognized: 'bad_answer',
  server: 'server_error',
  rejected: 'rejected',
}

/** The error as the protocol knows it; whatever is none of the transport's goes on as it is. */
function asApiError(error: unknown): unknown {
  if (!isTransportError(error)) return error
  const { code, message, retryAfterMs } = error
  return new ApiError(CODES[code], message, { cause: error, retryAfterMs })
}

async function call<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw asApiError(error)
  }
}

/** `otherwise` where the server knows no such thing. */
async function unlessNotFound<T, U>(work: Promise<T>, otherwise: U): Promise<T | U> {
  try {
    return await work
  } catch (error) {
    if (isTransportError(error) && error.code === 'not_found') return otherwise
    throw asApiError(error)
  }
}

/** By room, then by session; every own key counts, `__proto__` among them. */
function bodyOf(entries: readonly UploadEntry[]): RoomKeys {
  const rooms = new Map<string, Map<string, KeyBackupData>>()
  for (const { roomId, sessionId, data } of entries) {
    const sessions = rooms.get(roomId) ?? new Map<string, KeyBackupData>()
    rooms.set(roomId, sessions.set(sessionId, data))
  }
  const backups = [...rooms].map(([room, sessions]): readonly [string, RoomKeyBackup] => [
    room,
    { sessions: Object.fromEntries(sessions) },
  ])
  return { rooms: Object.fromEntries(backups) }
}

async function* readKeys(
  homeserver: Homeserver,
  version: BackupVersion,
  { roomId, signal }: ReadKeysOptions = {},
): AsyncGenerator<BackupEntry> {
  const args = { version, ...(roomId !== undefined && { roomId }) }
  const pieces = streamRoomKeys(homeserver, args, { ...(signal && { signal }) })
  try {
    if (roomId === undefined) yield* entriesOfStream(pieces)
    else yield* roomEntriesOfStream(pieces, roomId)
  } catch (error) {
    throw asApiError(error)
  }
}

/** The server of an account, for everything in `@roomkeys/backup` that asks for one. Sends nothing. */
export function createRoomKeysApi(homeserver: Homeserver): RoomKeysApi {
  return Object.freeze({
    currentVersion: (options) => call(getCurrentBackupVersion(homeserver, options)),
    readVersion: (version, options) =>
      unlessNotFound(getBackupVersion(homeserver, { version }, options), null),
    createVersion: async (body, options) =>
      (await call(createBackupVersion(homeserver, { body }, options))).version,
    updateVersion: (version, body, options) =>
      call(updateBackupVersion(homeserver, { version, body }, options)),
    deleteVersion: (version, options) =>
      unlessNotFound(deleteBackupVersion(homeserver, { version }, options), undefined),
    uploadKeys: (version, entries, options) =>
      call(putRoomKeys(homeserver, { version, body: bodyOf(entries) }, options)),
    readKeys: (version, options) => readKeys(homeserver, version, options),
    readKey: (version, { roomId, sessionId }, options) =>
      unlessNotFound(
        getRoomKeyForSession(homeserver, { version, roomId, sessionId }, options),
        null,
      ),
  } satisfies RoomKeysApi)
}
