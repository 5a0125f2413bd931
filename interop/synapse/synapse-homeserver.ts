/** A Synapse as a homeserver that flows run against. */
import { createHmac, randomUUID } from 'node:crypto'
import type { Homeserver } from '../flows/homeserver.ts'
import { SERVER_NAME } from './config.ts'
import { startSynapse, type Synapse } from './start.ts'

interface User {
  readonly username: string
  readonly password: string
}

/** @see https://element-hq.github.io/synapse/latest/admin_api/register_api.html */
async function register(
  { baseUrl, registrationSecret }: Synapse,
  { username, password }: User,
): Promise<void> {
  const url = `${baseUrl}/_synapse/admin/v1/register`
  const { nonce } = (await (await fetch(url)).json()) as { readonly nonce: string }
  const parts = [nonce, username, password, 'notadmin']
  const mac = createHmac('sha1', registrationSecret).update(parts.join('\0')).digest('hex')
  const body = JSON.stringify({ nonce, username, password, admin: false, mac })
  const { ok, status } = await fetch(url, { method: 'POST', body })
  if (!ok) throw new Error(`Synapse registers nobody: ${status}`)
}

/** Starts a Synapse. */
export async function openSynapse(): Promise<Homeserver> {
  const synapse = await startSynapse()
  let users = 0
  return {
    name: 'Synapse',
    registrationSecret: synapse.registrationSecret,
    failures: () => [],
    newAccount: async () => {
      const user = { username: `user${++users}`, password: randomUUID() }
      await register(synapse, user)
      const userId = `@${user.username}:${SERVER_NAME}`
      return { baseUrl: synapse.baseUrl, userId, password: user.password }
    },
    close: synapse.stop,
  }
}
