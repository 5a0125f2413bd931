// The servers that are compared, each a process of its own, and a client that is cheap beside them.
import { createHmac, randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import { startScript } from '@roomkeys/interop/processes/start'

const API = '/_matrix/client/v3'
const PASSWORD = 'correct horse battery staple'

/** What a Synapse says of itself. */
interface Synapse {
  readonly url: string
  /** Of the homeserver itself, which is not the script. */
  readonly pid: number
  readonly version: string
  readonly registrationSecret: string
}

/** Asks with an access token, or without one. */
export type Ask = (method: string, path: string, body?: string) => Promise<Asked>

/** An answer: its start as text, and the bytes that were read in all. */
export interface Asked {
  readonly status: number
  readonly bytes: number
  readonly text: string
}

/** A server that is compared. */
export interface BenchedServer {
  readonly name: string
  readonly pid: number
  readonly newUser: () => Promise<Ask>
  readonly end: () => Promise<void>
}

const MAX_TEXT = 1000
const agent = new Agent({ keepAlive: true, maxSockets: 64 })

/** Reads an answer to its end, and keeps only its beginning. */
function askAt(url: string, headers: Readonly<Record<string, string>>): Ask {
  const { hostname, port } = new URL(url)
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
      const options = { hostname, port, path, method, agent, headers: { ...headers, ...length } }
      const outgoing = request(options, (answer) => {
        let [bytes, text] = [0, '']
        answer.on('data', (chunk: Buffer) => {
          bytes += chunk.length
          if (text.length < MAX_TEXT) text += chunk.toString('utf8', 0, MAX_TEXT)
        })
        answer.on('end', () => {
          resolve({ status: answer.statusCode ?? 0, bytes, text })
        })
        answer.on('error', reject)
      })
      outgoing.on('error', reject).end(body)
    })
}

/** Below the client API, with the token that a registration answered. */
function signedIn(url: string, { status, text }: Asked): Ask {
  if (status !== 200) throw new Error(`The registration was answered with ${status}`)
  const { access_token } = JSON.parse(text) as { readonly access_token: string }
  const ask = askAt(url, { authorization: `Bearer ${access_token}` })
  return (method, path, body) => ask(method, API + path, body)
}

const userName = (): string => `bench-${randomUUID()}`

async function registerWithOurs(url: string): Promise<Ask> {
  const body = { username: userName(), password: PASSWORD, auth: { type: 'm.login.dummy' } }
  return signedIn(url, await askAt(url, {})('POST', `${API}/register`, JSON.stringify(body)))
}

async function registerWithSynapse(url: string, secret: string): Promise<Ask> {
  const path = '/_synapse/admin/v1/register'
  const ask = askAt(url, {})
  const { nonce } = JSON.parse((await ask('GET', path)).text) as { readonly nonce: string }
  const username = userName()
  const signed = [nonce, username, PASSWORD, 'notadmin'].join('\0')
  const mac = createHmac('sha1', secret).update(signed).digest('hex')
  const body = { nonce, username, password: PASSWORD, admin: false, mac }
  return signedIn(url, await ask('POST', path, JSON.stringify(body)))
}

/** Starts the bundled server. */
export async function startOurs(
  name: string,
  storage: object,
  nodeFlags: readonly string[] = [],
): Promise<BenchedServer> {
  const { where, pid, stop } = await startScript<{ readonly url: string }>(
    'server.ts',
    storage,
    nodeFlags,
  )
  return { name, pid, end: stop, newUser: () => registerWithOurs(where.url) }
}

/** Installs and starts the newest Synapse. */
export async function startTheirs(): Promise<BenchedServer> {
  const { where, stop } = await startScript<Synapse>('synapse.ts')
  const { url, pid, version, registrationSecret } = where
  const newUser = (): Promise<Ask> => registerWithSynapse(url, registrationSecret)
  return { name: `Synapse ${version}`, pid, end: stop, newUser }
}
