/**
 * Signing in with a password, signing out, and asking who one is.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#login
 */
import { inPlace, type WireSchema } from '@roomkeys/types'
import * as v from 'valibot'
import { changeOwn } from '../devices/stream.ts'
import { RefusedRequest } from '../errors.ts'
import { jsonAnswer } from '../http/answers.ts'
import { readBody } from '../http/body.ts'
import type { Handler, UserHandler } from '../http/context.ts'
import { removeAllDevices, removeDevices } from './devices.ts'
import {
  fullUserId,
  isPasswordOf,
  PASSWORD_LOGIN,
  type PasswordProof,
  passwordProofEntries,
  USER_IDENTIFIER,
} from './proof.ts'
import { deviceOf, type DeviceRequest, deviceRequestEntries, signIn } from './sign-in.ts'

interface LoginRequest extends PasswordProof, DeviceRequest {
  readonly type: string
}

const loginRequestSchema: WireSchema<LoginRequest> = inPlace(
  v.looseObject({ type: v.string(), ...passwordProofEntries, ...deviceRequestEntries }),
)

/** Answers `GET /login`. */
export const getLoginFlows: Handler = () =>
  Promise.resolve(jsonAnswer({ flows: [{ type: PASSWORD_LOGIN }] }))

function refuseType(what: string): never {
  throw new RefusedRequest([400, 'M_UNKNOWN'], `Unknown ${what} type`)
}

function userOf({ identifier, user }: LoginRequest): string {
  if (identifier !== undefined && identifier.type !== USER_IDENTIFIER) refuseType('identifier')
  const name = identifier?.user ?? user
  if (name === undefined) throw new RefusedRequest([400, 'M_BAD_JSON'], 'The user is missing')
  return name
}

function passwordOf({ type, password }: LoginRequest): string {
  if (type !== PASSWORD_LOGIN) refuseType('login')
  if (password !== undefined) return password
  throw new RefusedRequest([400, 'M_BAD_JSON'], 'The password is missing')
}

/** Answers `POST /login`. A wrong name and a wrong password cannot be told apart. */
export const postLogin: Handler = async ({ request, client, services }) => {
  const { limits, serverName, rateLimiter } = services
  const body = await readBody(request, loginRequestSchema, {
    maxBytes: limits.otherBodyBytes,
    maxDepth: limits.jsonDepth,
  })
  const password = passwordOf(body)
  const userId = fullUserId(userOf(body), serverName)
  const device = deviceOf(body, services)
  rateLimiter.countSignIn(client)
  if (!(await isPasswordOf(services, userId, password)))
    throw new RefusedRequest([403, 'M_FORBIDDEN'], 'Invalid username or password')
  return jsonAnswer(await signIn(services, userId, device))
}

/** Answers `POST /logout`: the device is gone, and its keys with it. A body means nothing. */
export const postLogout: UserHandler = async ({ services, session }) => {
  await changeOwn(services, session.userId, (change) => removeDevices(change, [session.deviceId]))
  return jsonAnswer({})
}

/** Answers `POST /logout/all`. */
export const postLogoutAll: UserHandler = async ({ services, session }) => {
  await changeOwn(services, session.userId, removeAllDevices)
  return jsonAnswer({})
}

/** Answers `GET /account/whoami`. */
export const getWhoAmI: UserHandler = ({ session }) =>
  Promise.resolve(
    jsonAnswer({ user_id: session.userId, device_id: session.deviceId, is_guest: false }),
  )
