/**
 * `POST /keys/upload`: device keys, one-time keys and fallback keys of the device that asks.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3keysupload
 */
import { inPlace, type JsonObject, jsonObjectSchema, mapOf, type WireSchema } from '@roomkeys/types'
import * as v from 'valibot'
import { RefusedRequest } from '../errors.ts'
import { jsonAnswer } from '../http/answers.ts'
import { readBody } from '../http/body.ts'
import type { Session, UserHandler } from '../http/context.ts'
import type { Limits } from '../limits.ts'
import { textColumn } from '../store.ts'
import { keysBounds } from './bounds.ts'
import { oneTimeKeyCounts } from './key-counts.ts'
import {
  type KeyId,
  keyObjectJson,
  parseKeyId,
  type SignedObject,
  signatureMapSchema,
} from './key-objects.ts'
import { type StoredKeys, storeFallbackKeys, storeOneTimeKeys } from './one-time-keys.ts'
import { type Change, changeOwn, recordDeviceListChange, signedOut } from './stream.ts'

interface DeviceKeys extends SignedObject {
  readonly user_id: string
  readonly device_id: string
}

/** A one-time key is an object with signatures, or the bare key as the unsigned algorithm has it. */
type OneTimeKeys = Readonly<Record<string, JsonObject | string>>

interface KeysUpload {
  readonly device_keys?: DeviceKeys
  readonly one_time_keys?: OneTimeKeys
  readonly fallback_keys?: OneTimeKeys
}

const deviceKeysSchema: WireSchema<DeviceKeys> = inPlace(
  v.looseObject({
    user_id: v.string(),
    device_id: v.string(),
    algorithms: v.array(v.string()),
    keys: mapOf(v.string()),
    signatures: v.exactOptional(signatureMapSchema),
  }),
)

const oneTimeKeysSchema: WireSchema<OneTimeKeys> = mapOf(
  inPlace(v.union([v.string(), jsonObjectSchema])),
)

const keysUploadSchema: WireSchema<KeysUpload> = inPlace(
  v.looseObject({
    device_keys: v.exactOptional(deviceKeysSchema),
    one_time_keys: v.exactOptional(oneTimeKeysSchema),
    fallback_keys: v.exactOptional(oneTimeKeysSchema),
  }),
)

/** `unsigned` is the server's to fill in. */
function deviceKeysJson(keys: DeviceKeys, session: Session, limits: Limits): string {
  if (keys.user_id !== session.userId || keys.device_id !== session.deviceId)
    throw new RefusedRequest([400, 'M_INVALID_PARAM'], 'The device keys are of another device')
  const kept = Object.entries(keys).filter(([name]) => name !== 'unsigned')
  return keyObjectJson(Object.fromEntries(kept), limits)
}

function keyRows(keys: OneTimeKeys | undefined, limits: Limits): StoredKeys {
  return Object.entries(keys ?? {}).map(([id, content]): KeyId & { content: string } => ({
    ...parseKeyId(id, limits),
    content: keyObjectJson(content, limits),
  }))
}

/** What an upload says, checked and written. */
interface CheckedUpload {
  readonly deviceKeys: string | null
  readonly oneTimeKeys: StoredKeys
  readonly fallbackKeys: StoredKeys
}

function check(upload: KeysUpload, session: Session, limits: Limits): CheckedUpload {
  const { device_keys, one_time_keys, fallback_keys } = upload
  return {
    deviceKeys: device_keys === undefined ? null : deviceKeysJson(device_keys, session, limits),
    oneTimeKeys: keyRows(one_time_keys, limits),
    fallbackKeys: keyRows(fallback_keys, limits),
  }
}

/** Stores device keys; the same ones again are no change that anyone has to hear of. */
async function storeDeviceKeys(change: Change, deviceId: string, keys: string): Promise<void> {
  const { rows } = await change.tx.query(
    `UPDATE devices SET device_keys = $3
     WHERE user_id = $1 AND device_id = $2 AND device_keys IS DISTINCT FROM $3
     RETURNING device_id`,
    [change.userId, deviceId, keys],
  )
  if (rows.length > 0) await recordDeviceListChange(change, change.userId)
}

async function requireDevice({ tx, userId }: Change, deviceId: string): Promise<void> {
  const { rows } = await tx.query(
    'SELECT device_id AS found FROM devices WHERE user_id = $1 AND device_id = $2',
    [userId, deviceId],
  )
  if (rows[0] === undefined) throw signedOut()
  textColumn(rows[0], 'found')
}

async function store(
  change: Change,
  deviceId: string,
  { upload, limits }: { readonly upload: CheckedUpload; readonly limits: Limits },
): Promise<object> {
  await requireDevice(change, deviceId)
  if (upload.deviceKeys !== null) await storeDeviceKeys(change, deviceId, upload.deviceKeys)
  await storeOneTimeKeys(change, deviceId, { keys: upload.oneTimeKeys, limits })
  await storeFallbackKeys(change, deviceId, { keys: upload.fallbackKeys, limits })
  return oneTimeKeyCounts(change.tx, { userId: change.userId, deviceId })
}

/** Answers `POST /keys/upload`. */
export const postKeysUpload: UserHandler = async (context) => {
  const { services, session } = context
  const { limits } = services
  const body = await readBody(context.request, keysUploadSchema, keysBounds(context))
  const upload = check(body, session, limits)
  const counts = await changeOwn(services, session.userId, (change) =>
    store(change, session.deviceId, { upload, limits }),
  )
  return jsonAnswer({ one_time_key_counts: counts })
}
