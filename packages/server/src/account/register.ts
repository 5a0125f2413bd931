/**
 * Registration, where the program that runs the server opened it: anyone may then create users.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3register
 */
import { inPlace, type WireSchema } from '@roomkeys/types'
import * as v from 'valibot'
import { RefusedRequest, ServerError } from '../errors.ts'
import { jsonAnswer } from '../http/answers.ts'
import { readBody } from '../http/body.ts'
import { type Handler, requireUsableId, type Services } from '../http/context.ts'
import { deviceOf, type DeviceRequest, deviceRequestEntries, signIn } from './sign-in.ts'
import { base64Url } from './tokens.ts'
import { createUser } from './users.ts'

const DUMMY = 'm.login.dummy'
const SESSION_BYTES = 18
const LOCALPART_BYTES = 10

const LOCALPART = /^[a-z0-9._=/+-]+$/

interface RegisterRequest extends DeviceRequest {
  readonly auth?: { readonly type?: string }
  readonly username?: string
  readonly password?: string
  readonly inhibit_login?: boolean
}

const registerSchema: WireSchema<RegisterRequest> = inPlace(
  v.looseObject({
    auth: v.exactOptional(inPlace(v.looseObject({ type: v.exactOptional(v.string()) }))),
    username: v.exactOptional(v.string()),
    password: v.exactOptional(v.string()),
    inhibit_login: v.exactOptional(v.boolean()),
    ...deviceRequestEntries,
  }),
)

/** The dummy stage proves nothing, so the session that goes with it is not remembered. */
function askForDummy({ randomBytes }: Services): never {
  throw new RefusedRequest([401, 'M_FORBIDDEN'], 'A stage is missing', {
    body: {
      errcode: undefined,
      error: undefined,
      flows: [{ stages: [DUMMY] }],
      params: {},
      completed: [],
      session: base64Url(randomBytes(SESSION_BYTES)),
    },
  })
}

function userIdOf({ username }: RegisterRequest, services: Services): string {
  const { randomBytes, serverName, limits } = services
  const localpart =
    username ?? `u${base64Url(randomBytes(LOCALPART_BYTES)).toLowerCase().replaceAll('_', '.')}`
  if (!LOCALPART.test(localpart))
    throw new RefusedRequest([400, 'M_INVALID_USERNAME'], 'A username is of a-z, 0-9 and ._=/+-')
  return requireUsableId(`@${localpart}:${serverName}`, limits)
}

async function create(services: Services, userId: string, password: string): Promise<void> {
  const { store, randomBytes } = services
  try {
    await createUser(store, { userId, password, randomBytes })
  } catch (error) {
    if (error instanceof ServerError && error.code === 'user_exists')
      throw new RefusedRequest([400, 'M_USER_IN_USE'], 'The username is taken')
    throw error
  }
}

/** Answers `POST /register`. */
export const postRegister: Handler = async ({ request, query, services }) => {
  const { limits, registration } = services
  if (registration !== 'open' || (query.get('kind') ?? 'user') !== 'user')
    throw new RefusedRequest([403, 'M_FORBIDDEN'], 'Registration is not open')
  const body = await readBody(request, registerSchema, {
    maxBytes: limits.otherBodyBytes,
    maxDepth: limits.jsonDepth,
  })
  const userId = userIdOf(body, services)
  const device = deviceOf(body, services)
  if (body.auth?.type !== DUMMY) askForDummy(services)
  if (body.password === undefined)
    throw new RefusedRequest([400, 'M_BAD_JSON'], 'The password is missing')
  await create(services, userId, body.password)
  if (body.inhibit_login === true) return jsonAnswer({ user_id: userId })
  return jsonAnswer(await signIn(services, userId, device))
}
