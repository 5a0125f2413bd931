/**
 * Users whom an administrator registers with the secret that server and administrator share, at
 * Synapse's own endpoint.
 *
 * @see https://element-hq.github.io/synapse/latest/admin_api/register_api.html
 */
import { createHmac } from 'node:crypto'
import { objectOf } from '../answer.ts'
import { type Ask, send, type Wire } from '../client.ts'
import { ConformanceError } from '../errors.ts'
import { isNameTaken, randomHex, type RandomText, registeredUser } from './dummy-registration.ts'
import type { NewUser, TestUser, UserFactory } from './factory.ts'

const PATH = '/_synapse/admin/v1/register'

async function nonceOf(wire: Wire): Promise<string> {
  const answer = await send(wire, { method: 'GET', path: PATH })
  const { nonce } = objectOf(answer)
  if (answer.status === 200 && typeof nonce === 'string') return nonce
  throw new ConformanceError('cannot_register', `No nonce for registration: ${answer.status}`)
}

function macOf(secret: string, parts: readonly string[]): string {
  return createHmac('sha1', secret).update(parts.join('\0')).digest('hex')
}

async function registration(
  wire: Wire,
  secret: string,
  { username, password }: { readonly username: string; readonly password: string },
): Promise<Ask> {
  const nonce = await nonceOf(wire)
  const mac = macOf(secret, [nonce, username, password, 'notadmin'])
  return { method: 'POST', path: PATH, body: { nonce, username, password, admin: false, mac } }
}

async function createUser(
  { name, wire }: NewUser,
  secret: string,
  randomText: RandomText,
): Promise<TestUser> {
  const password = randomText()
  const first = await send(wire, await registration(wire, secret, { username: name, password }))
  if (!isNameTaken(first)) return registeredUser(first, password)
  const username = `${name}-${randomText()}`
  const second = await send(wire, await registration(wire, secret, { username, password }))
  return registeredUser(second, password)
}

/**
 * Registers a user for each case with a shared secret.
 *
 * @throws TypeError when the secret is empty
 */
export function sharedSecretRegistration(
  secret: string,
  randomText: RandomText = randomHex,
): UserFactory {
  if (secret === '') throw new TypeError('secret must not be empty')
  return { createUser: (user) => createUser(user, secret, randomText) }
}
