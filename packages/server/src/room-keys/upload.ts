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
import { type KeyColumns, storeKeys, type Stored } from './store-keys.ts'
import { actorOf, overQuota, type VersionKey, versionInQuery } from './stored-version.ts'

interface UploadedKey {
  readonly roomId: string
  readonly sessionId: string
  readonly key: KeyBackupData
}

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

/** The columns of keys. Members beside the specified four are not kept. */
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

/**
 * One statement needs no transaction around it, unless there is a limit: the keys are counted by what
 * they changed, so going back is how they are refused.
 */
async function storeWithin(
  { services }: UserContext,
  key: VersionKey,
  columns: KeyColumns,
): Promise<Stored> {
  const { store, limits } = services
  if (limits.keysPerVersion === Number.POSITIVE_INFINITY) return storeKeys(store, key, columns)
  return store.transaction(async (tx) => {
    const stored = await storeKeys(tx, key, columns)
    if (stored.inserted > 0 && stored.state.count > limits.keysPerVersion)
      throw overQuota(services, 'Too many keys in this backup version')
    return stored
  })
}

async function answerUpload(context: UserContext, keys: readonly UploadedKey[]): Promise<Response> {
  const { emit, limits } = context.services
  const actor = actorOf(context.session)
  const key = { userId: actor.userId, version: versionInQuery(context) }
  const stored = await storeWithin(context, key, columnsOf(keys, limits))
  const { state, inserted, replacements } = stored
  const replaced = replacements.length
  emit({ type: 'keys_uploaded', inserted, replaced, kept: keys.length - inserted - replaced })
  for (const replacement of replacements)
    emit({ type: 'key_replaced', ...actor, ...key, ...replacement })
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
  return answerUpload(context, [{ ...ids, key }])
}

/** Answers `PUT /room_keys/keys/{roomId}`. */
export const putRoomKeys: UserHandler = async (context) => {
  const roomId = idParam(context, 'roomId')
  return answerUpload(context, keysOfRoom(roomId, await readUpload(context, roomKeyBackupSchema)))
}

/** Answers `PUT /room_keys/keys`. */
export const putAllKeys: UserHandler = async (context) => {
  const { rooms } = await readUpload(context, roomKeysSchema)
  return answerUpload(
    context,
    Object.entries(rooms).flatMap(([roomId, room]) => keysOfRoom(roomId, room)),
  )
}
