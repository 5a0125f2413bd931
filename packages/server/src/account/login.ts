/**
 * Signing in with a password, signing out, and asking who one is.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#login
 */
import { inPlace, type WireSchema } from '@roomkeys/types'
import * as v from 'valibot'
import { RefusedRequest } from '../errors.ts'
import { jsonAnswer } from '../http/answers.ts'
import { readBody } from '../http/body.ts'
import { type Handler, requireUsableId, type Services, type UserHandler } from '../http/context.ts'
import { verifyPassword } from './passwords.ts'
import { issueToken, revokeToken } from './tokens.ts'
import { passwordHashOf } from './users.ts'

const PASSWORD_LOGIN = 'm.login.password'
const DEVICE_ID_LENGTH = 10

/** Body of a sign-in: the user stands in `identifier`, or in `user` as old clients have it. */
interface LoginRequest {
  readonly type: string
  readonly identifier?: { readonly type: string; readonly user?: string }
  readonly user?: string
  readonly password?: string
  readonly device_id?: string
}

const loginRequestSchema: WireSchema<LoginRequest> = inPlace(
  v.looseObject({
    type: v.string(),
    identifier: v.exactOptional(
      v.looseObject({ type: v.string(), user: v.exactOptional(v.string()) }),
    ),
    user: v.exactOptional(v.string()),
    password: v.exactOptional(v.string()),
    device_id: v.exactOptional(v.string()),
  }),
)

/** Answers `GET /login`. */
export const getLoginFlows: Handler = () =>
  Promise.resolve(jsonAnswer({ flows: [{ type: PASSWORD_LOGIN }] }))

function refuseType(what: string): never {
  throw new RefusedRequest([400, 'M_UNKNOWN'], `Unknown ${what} type`)
}

function userOf({ identifier, user }: LoginRequest): string {
  if (identifier !== undefined && identifier.type !== 'm.id.user') refuseType('identifier')
  const name = identifier?.user ?? user
  if (name === undefined) throw new RefusedRequest([400, 'M_BAD_JSON'], 'The user is missing')
  return name
}

function passwordOf({ type, password }: LoginRequest): string {
  if (type !== PASSWORD_LOGIN) refuseType('login')
  if (password !== undefined) return password
  throw new RefusedRequest([400, 'M_BAD_JSON'], 'The password is missing')
}

function newDeviceId(randomBytes: Services['randomBytes']): string {
  return Array.from(randomBytes(DEVICE_ID_LENGTH), (byte) =>
    String.fromCharCode('A'.charCodeAt(0) + (byte % 26)),
  ).join('')
}

/** The device to sign in; an empty id cannot stand in a path, and so counts as none. */
function deviceOf({ device_id }: LoginRequest, { limits, randomBytes }: Services): string {
  return device_id ? requireUsableId(device_id, limits) : newDeviceId(randomBytes)
}

/** Answers `POST /login`. A wrong name and a wrong password cannot be told apart. */
export const postLogin: Handler = async ({ request, services }) => {
  const { store, limits, randomBytes, serverName } = services
  const body = await readBody(request, loginRequestSchema, {
    maxBytes: limits.otherBodyBytes,
    maxDepth: limits.jsonDepth,
  })
  const password = passwordOf(body)
  const user = userOf(body)
  const deviceId = deviceOf(body, services)
  const userId = user.startsWith('@') ? user : `@${user}:${serverName}`
  if (!(await verifyPassword(password, await passwordHashOf(store, userId))))
    throw new RefusedRequest([403, 'M_FORBIDDEN'], 'Invalid username or password')
  const token = await issueToken(store, { userId, deviceId }, randomBytes)
  return jsonAnswer({ user_id: userId, access_token: token, device_id: deviceId })
}

/** Answers `POST /logout`. Its body, if any, means nothing. */
export const postLogout: UserHandler = async ({ services, session }) => {
  await revokeToken(services.store, session.tokenHash)
  return jsonAnswer({})
}

/** Answers `GET /account/whoami`. */
export const getWhoAmI: UserHandler = ({ session }) =>
  Promise.resolve(
    jsonAnswer({ user_id: session.userId, device_id: session.deviceId, is_guest: false }),
  )
