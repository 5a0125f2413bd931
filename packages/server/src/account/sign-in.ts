/** Signing a user in on a device: what `/login` and `/register` have in common. */
import { inPlace, type WireSchema } from '@roomkeys/types'
import * as v from 'valibot'
import { RefusedRequest } from '../errors.ts'
import { requireUsableId, type Services } from '../http/context.ts'
import type { Limits } from '../limits.ts'
import type { OptionalEntry } from './proof.ts'
import { issueToken } from './tokens.ts'

const DEVICE_ID_LENGTH = 10

/** Members of a request that signs in. */
export interface DeviceRequest {
  readonly device_id?: string
  readonly initial_device_display_name?: string
}

/** Members of an object schema that parse {@link DeviceRequest}. */
export const deviceRequestEntries: Readonly<{
  device_id: OptionalEntry<string>
  initial_device_display_name: OptionalEntry<string>
}> = {
  device_id: v.exactOptional(v.string()),
  initial_device_display_name: v.exactOptional(v.string()),
}

/** Body of a request that names a device. */
export interface DisplayNameRequest {
  readonly display_name?: string
}

/** Parses {@link DisplayNameRequest}. */
export const displayNameSchema: WireSchema<DisplayNameRequest> = inPlace(
  v.looseObject({ display_name: v.exactOptional(v.string()) }),
)

function newDeviceId(randomBytes: Services['randomBytes']): string {
  return Array.from(randomBytes(DEVICE_ID_LENGTH), (byte) =>
    String.fromCharCode('A'.charCodeAt(0) + (byte % 26)),
  ).join('')
}

/**
 * Refuses a name that cannot be stored.
 *
 * @throws RefusedRequest 400 `M_INVALID_PARAM` or 413 `M_TOO_LARGE`
 */
export function requireDisplayName(name: string, { displayNameBytes }: Limits): string {
  if (name.includes('\0') || /\p{Surrogate}/u.test(name))
    throw new RefusedRequest([400, 'M_INVALID_PARAM'], 'Unusable display name')
  if (new TextEncoder().encode(name).length > displayNameBytes)
    throw new RefusedRequest([413, 'M_TOO_LARGE'], 'The display name is too long')
  return name
}

/** What a request that signs in says of its device, checked. */
export interface SigningIn {
  readonly deviceId: string
  readonly displayName: string | undefined
}

/** The device to sign in; an empty id cannot stand in a path, and so counts as none. */
export function deviceOf(request: DeviceRequest, { limits, randomBytes }: Services): SigningIn {
  const { device_id, initial_device_display_name: name } = request
  return {
    deviceId: device_id ? requireUsableId(device_id, limits) : newDeviceId(randomBytes),
    displayName: name === undefined ? undefined : requireDisplayName(name, limits),
  }
}

/** Signs in; what both endpoints answer. */
export async function signIn(
  { store, limits, randomBytes }: Services,
  userId: string,
  device: SigningIn,
): Promise<Readonly<Record<string, string>>> {
  const { devicesPerUser } = limits
  const token = await issueToken(store, { userId, ...device, devicesPerUser }, randomBytes)
  return { user_id: userId, access_token: token, device_id: device.deviceId }
}
