/**
 * `PUT /room_keys/keys…`: keys of a session, of a room, or of several rooms.
 *
 * A request is stored whole or not at all, and key by key the better copy stays.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#put_matrixclientv3room_keyskeys
 */
import {
  type KeyBackupData,
  keyBackupDataSchema,
  type RoomKeyBackup,
  roomKeyBackupSchema,
  roomKeysSchema,
  type WireSchema,
} from '@roomkeys/types'
import { RefusedRequest } from '../errors.ts'
import { jsonAnswer } from '../http/answers.ts'
import { readBody } from '../http/body.ts'
import { idParam, requireUsableId, type UserContext, type UserHandler } from '../http/context.ts'
import type { Limits } from '../limits.ts'
import { type SqlExecutor, textColumn } from '../store.ts'
import {
  type BackupState,
  backupState,
  currentVersion,
  lockBackups,
  overQuota,
  recordChange,
  unknownVersion,
  type VersionKey,
  versionInQuery,
} from './stored-version.ts'

interface UploadedKey {
  readonly roomId: string
  readonly sessionId: string
  readonly key: KeyBackupData
}

/**
 * Inserts keys, and replaces those that are better than the stored ones. A row that kept what it had is
 * not returned at all.
 */
const UPSERT = `
  WITH changed AS (
    INSERT INTO backup_keys AS stored (user_id, version, room_id, session_id,
      first_message_index, forwarded_count, is_verified, session_data)
    SELECT $1, $2::bigint, * FROM unnest($3::text[], $4::text[], $5::bigint[], $6::bigint[],
      $7::boolean[], $8::text[])
    ON CONFLICT (user_id, version, room_id, session_id) DO UPDATE SET
      first_message_index = excluded.first_message_index,
      forwarded_count = excluded.forwarded_count,
      is_verified = excluded.is_verified,
      session_data = excluded.session_data,
      replaced = true
    WHERE (NOT excluded.is_verified, excluded.first_message_index, excluded.forwarded_count)
        < (NOT stored.is_verified, stored.first_message_index, stored.forwarded_count)
    RETURNING NOT replaced AS inserted
  )
  SELECT count(*)::text AS changed, (count(*) FILTER (WHERE inserted))::text AS inserted
  FROM changed`

type KeyColumns = readonly (readonly unknown[])[]

function refuseSize(message: string): never {
  throw new RefusedRequest([413, 'M_TOO_LARGE'], message)
}

function writeSessionData({ session_data }: KeyBackupData, { sessionDataBytes }: Limits): string {
  const json = JSON.stringify(session_data)
  // A character takes at least one byte and at most three for each UTF-16 unit.
  const fits =
    json.length * 3 <= sessionDataBytes || new TextEncoder().encode(json).length <= sessionDataBytes
  return fits ? json : refuseSize('session_data is too large')
}

/** The columns of the upsert, one array each. Members beside the specified four are not kept. */
function columnsOf(keys: readonly UploadedKey[], limits: Limits): KeyColumns {
  if (keys.length > limits.keysPerRequest) refuseSize('Too many keys in one request')
  return [
    keys.map(({ roomId }) => requireUsableId(roomId, limits)),
    keys.map(({ sessionId }) => requireUsableId(sessionId, limits)),
    keys.map(({ key }) => key.first_message_index),
    keys.map(({ key }) => key.forwarded_count),
    keys.map(({ key }) => key.is_verified),
    keys.map(({ key }) => writeSessionData(key, limits)),
  ]
}

/** Only the current version takes keys; the refusal names it, so that a client can move on. */
async function requireCurrent(tx: SqlExecutor, key: VersionKey): Promise<void> {
  const current = await currentVersion(tx, key.userId)
  if (current === null) throw unknownVersion()
  if (current === key.version) return
  await backupState(tx, key)
  throw new RefusedRequest([403, 'M_WRONG_ROOM_KEYS_VERSION'], 'Wrong backup version', {
    body: { current_version: current },
  })
}

interface Upserted {
  readonly state: BackupState
  readonly changed: number
  readonly inserted: number
}

async function upsert(tx: SqlExecutor, key: VersionKey, columns: KeyColumns): Promise<Upserted> {
  const { rows } = await tx.query(UPSERT, [key.userId, key.version, ...columns])
  const count = (name: string): number =>
    rows[0] === undefined ? 0 : Number(textColumn(rows[0], name))
  const [changed, inserted] = [count('changed'), count('inserted')]
  const state = changed === 0 ? await backupState(tx, key) : await recordChange(tx, key, inserted)
  return { state, changed, inserted }
}

async function storeKeys(context: UserContext, keys: readonly UploadedKey[]): Promise<Response> {
  const { services } = context
  const key = { userId: context.session.userId, version: versionInQuery(context) }
  const columns = columnsOf(keys, services.limits)
  const { state, changed, inserted } = await services.store.transaction(async (tx) => {
    await lockBackups(tx, key.userId)
    await requireCurrent(tx, key)
    const upserted = await upsert(tx, key, columns)
    if (upserted.inserted > 0 && upserted.state.count > services.limits.keysPerVersion)
      throw overQuota(services, 'Too many keys in this backup version')
    return upserted
  })
  const [replaced, kept] = [changed - inserted, keys.length - changed]
  services.emit({ type: 'keys_uploaded', inserted, replaced, kept })
  return jsonAnswer(state)
}

function readUpload<T>(context: UserContext, schema: WireSchema<T>): Promise<T> {
  // A version that is missing is told before megabytes are read.
  versionInQuery(context)
  const { uploadBytes, jsonDepth } = context.services.limits
  return readBody(context.request, schema, { maxBytes: uploadBytes, maxDepth: jsonDepth })
}

function keysOfRoom(roomId: string, { sessions }: RoomKeyBackup): readonly UploadedKey[] {
  return Object.entries(sessions).map(([sessionId, key]) => ({ roomId, sessionId, key }))
}

/** Answers `PUT /room_keys/keys/{roomId}/{sessionId}`. */
export const putSessionKey: UserHandler = async (context) => {
  const ids = { roomId: idParam(context, 'roomId'), sessionId: idParam(context, 'sessionId') }
  const key = await readUpload(context, keyBackupDataSchema)
  return storeKeys(context, [{ ...ids, key }])
}

/** Answers `PUT /room_keys/keys/{roomId}`. */
export const putRoomKeys: UserHandler = async (context) => {
  const roomId = idParam(context, 'roomId')
  return storeKeys(context, keysOfRoom(roomId, await readUpload(context, roomKeyBackupSchema)))
}

/** Answers `PUT /room_keys/keys`. */
export const putAllKeys: UserHandler = async (context) => {
  const { rooms } = await readUpload(context, roomKeysSchema)
  return storeKeys(
    context,
    Object.entries(rooms).flatMap(([roomId, room]) => keysOfRoom(roomId, room)),
  )
}
