/**
 * Users who register with the `m.login.dummy` stage: for servers that let anybody register.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3register
 */
import { type Answer, objectOf } from '../answer.ts'
import { type Ask, send, type Wire } from '../client.ts'
import { ConformanceError } from '../errors.ts'
import type { NewUser, TestUser, UserFactory } from './factory.ts'

/** Random text, for passwords and for names that are taken. */
export type RandomText = () => string

/** 128 bits as hexadecimal. */
export function randomHex(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The user whom a registration made. */
export function registeredUser(answer: Answer, password: string): TestUser {
  const { user_id: userId, access_token: accessToken, errcode } = objectOf(answer)
  if (answer.status === 200 && typeof userId === 'string' && typeof accessToken === 'string')
    return { userId, accessToken, password }
  const why = typeof errcode === 'string' ? ` ${errcode}` : ''
  throw new ConformanceError('cannot_register', `Cannot register: ${answer.status}${why}`)
}

/** Whether a name is taken, as by an earlier run with the same seed. */
export function isNameTaken(answer: Answer): boolean {
  return objectOf(answer)['errcode'] === 'M_USER_IN_USE'
}

function register(body: Readonly<Record<string, unknown>>): Ask {
  return { method: 'POST', path: '/register', body }
}

/** Asks once, and again within the session that the server opened for it. */
async function registerAs(wire: Wire, username: string, password: string): Promise<Answer> {
  const body = { username, password, inhibit_login: false }
  const dummy = { type: 'm.login.dummy' }
  const first = await send(wire, register({ ...body, auth: dummy }))
  const { session } = objectOf(first)
  if (first.status !== 401 || typeof session !== 'string') return first
  return send(wire, register({ ...body, auth: { ...dummy, session } }))
}

async function createUser({ name, wire }: NewUser, randomText: RandomText): Promise<TestUser> {
  const password = randomText()
  const first = await registerAs(wire, name, password)
  if (!isNameTaken(first)) return registeredUser(first, password)
  return registeredUser(await registerAs(wire, `${name}-${randomText()}`, password), password)
}

/** Registers a user for each case. */
export function dummyRegistration(randomText: RandomText = randomHex): UserFactory {
  return { createUser: (user) => createUser(user, randomText) }
}
