/**
 * The devices of a user: listed, named, and removed with everything that is theirs.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#device-management
 */
import { inPlace, type WireSchema } from '@roomkeys/types'
import * as v from 'valibot'
import { type Change, changeOwn, recordDeviceListChange } from '../devices/stream.ts'
import { RefusedRequest } from '../errors.ts'
import { jsonAnswer } from '../http/answers.ts'
import { type BodyBounds, readBody } from '../http/body.ts'
import { idParam, requireUsableId, type UserContext, type UserHandler } from '../http/context.ts'
import { type SqlRow, textColumn } from '../store.ts'
import { type InteractiveAuth, interactiveAuthSchema, requirePassword } from './interactive-auth.ts'
import { displayNameSchema, requireDisplayName } from './sign-in.ts'
import { revokeTokens } from './tokens.ts'

/** Removes devices, and tells the others of the user. */
export async function removeDevices(change: Change, deviceIds: readonly string[]): Promise<number> {
  const { tx, userId } = change
  await revokeTokens(tx, userId, deviceIds)
  await tx.query(
    `DELETE FROM key_signatures
     WHERE user_id = $1 AND target_user_id = $1 AND target_key = ANY($2::text[])`,
    [userId, deviceIds],
  )
  const { rows } = await tx.query(
    `DELETE FROM devices WHERE user_id = $1 AND device_id = ANY($2::text[]) RETURNING device_id`,
    [userId, deviceIds],
  )
  if (rows.length > 0) await recordDeviceListChange(change, userId)
  return rows.length
}

/** Removes every device of a user. */
export async function removeAllDevices(change: Change): Promise<number> {
  const { rows } = await change.tx.query('SELECT device_id FROM devices WHERE user_id = $1', [
    change.userId,
  ])
  return removeDevices(
    change,
    rows.map((row) => textColumn(row, 'device_id')),
  )
}

function deviceJson(row: SqlRow): Readonly<Record<string, string>> {
  const name = row['display_name'] === null ? {} : { display_name: textColumn(row, 'display_name') }
  return { device_id: textColumn(row, 'device_id'), ...name }
}

function unknownDevice(): RefusedRequest {
  return new RefusedRequest([404, 'M_NOT_FOUND'], 'Unknown device')
}

function otherBounds({ services: { limits } }: UserContext): BodyBounds {
  return { maxBytes: limits.otherBodyBytes, maxDepth: limits.jsonDepth }
}

/** Answers `GET /devices`. */
export const getDevices: UserHandler = async ({ services, session }) => {
  const { rows } = await services.store.query(
    'SELECT device_id, display_name FROM devices WHERE user_id = $1 ORDER BY device_id',
    [session.userId],
  )
  return jsonAnswer({ devices: rows.map(deviceJson) })
}

/** Answers `GET /devices/{deviceId}`. */
export const getDevice: UserHandler = async (context) => {
  const { rows } = await context.services.store.query(
    'SELECT device_id, display_name FROM devices WHERE user_id = $1 AND device_id = $2',
    [context.session.userId, idParam(context, 'deviceId')],
  )
  if (rows[0] === undefined) throw unknownDevice()
  return jsonAnswer(deviceJson(rows[0]))
}

async function rename(change: Change, deviceId: string, name: string): Promise<number> {
  const { rows } = await change.tx.query(
    `UPDATE devices SET display_name = $3 WHERE user_id = $1 AND device_id = $2
     RETURNING device_id`,
    [change.userId, deviceId, name],
  )
  if (rows.length === 0) throw unknownDevice()
  await recordDeviceListChange(change, change.userId)
  return rows.length
}

/** Answers `PUT /devices/{deviceId}`. */
export const putDevice: UserHandler = async (context) => {
  const { services, session } = context
  const deviceId = idParam(context, 'deviceId')
  const body = await readBody(context.request, displayNameSchema, otherBounds(context))
  const name = requireDisplayName(body.display_name ?? '', services.limits)
  await changeOwn(services, session.userId, (change) => rename(change, deviceId, name))
  return jsonAnswer({})
}

interface DeletionRequest {
  readonly auth?: InteractiveAuth
}

const deletionEntries = { auth: v.exactOptional(interactiveAuthSchema) } as const

const deletionSchema: WireSchema<DeletionRequest> = inPlace(v.looseObject(deletionEntries))

const deletionsSchema: WireSchema<DeletionRequest & { readonly devices: readonly string[] }> =
  inPlace(v.looseObject({ ...deletionEntries, devices: v.array(v.string()) }))

/** Answers `DELETE /devices/{deviceId}`, also where there is no such device. */
export const deleteDevice: UserHandler = async (context) => {
  const { services, session } = context
  const deviceId = idParam(context, 'deviceId')
  // The first request of an interactive authentication may come without a body.
  const { auth } =
    context.request.body === null
      ? { auth: undefined }
      : await readBody(context.request, deletionSchema, otherBounds(context))
  await requirePassword(context, auth, 'delete_devices')
  await changeOwn(services, session.userId, (change) => removeDevices(change, [deviceId]))
  return jsonAnswer({})
}

/** Answers `POST /delete_devices`. */
export const postDeleteDevices: UserHandler = async (context) => {
  const { services, session } = context
  const { auth, devices } = await readBody(context.request, deletionsSchema, otherBounds(context))
  const ids = devices.map((id) => requireUsableId(id, services.limits))
  await requirePassword(context, auth, 'delete_devices')
  await changeOwn(services, session.userId, (change) => removeDevices(change, ids))
  return jsonAnswer({})
}
