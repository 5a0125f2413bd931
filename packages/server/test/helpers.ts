/** A server over a database in memory, and users who are signed in to it. */
import { issueToken } from '../src/account/tokens.ts'
import {
  createServer,
  type KeyBackupServer,
  type Limits,
  migrate,
  type SqlStore,
} from '../src/index.ts'
import { openPgliteStore } from '../src/pglite.ts'

export const ORIGIN = 'http://localhost'
export const V3 = '/_matrix/client/v3'
export const ALGORITHM = 'm.megolm_backup.v1.curve25519-aes-sha2'
export const AUTH_DATA = { public_key: 'abcdef', signatures: { '@a:b': { 'ed25519:D': 'sig' } } }

/** Body of an answer; tests compare it with what they expect. */
export type Json = Readonly<Record<string, unknown>>

export interface Answer {
  readonly status: number
  readonly body: Json
  readonly text: string
  readonly headers: Headers
}

/** Whatever has `fetch`: the handler itself, or a listening server. */
export type Fetch = (request: Request) => Promise<Response>

export interface TestUser {
  readonly userId: string
  readonly token: string
  /** Asks below `/_matrix/client/v3`, or the whole path if it starts with `/_matrix`. */
  readonly ask: (method: string, path: string, body?: unknown) => Promise<Answer>
  /** Creates a version and returns its id. */
  readonly newVersion: (authData?: unknown) => Promise<string>
}

export interface TestServer {
  readonly store: SqlStore
  readonly server: KeyBackupServer
  /** Whatever the server reported through `onError`. */
  readonly errors: unknown[]
  readonly newUser: () => Promise<TestUser>
  readonly withLimits: (limits: Partial<Limits>) => Fetch
  readonly close: () => Promise<void>
}

export async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text()
  const body = text === '' ? {} : (JSON.parse(text) as Json)
  return { status: response.status, body, text, headers: response.headers }
}

/** A string or bytes are sent as they are, anything else as JSON. */
function bodyOf(body: unknown): RequestInit {
  if (body === undefined) return {}
  const raw = typeof body === 'string' || body instanceof Uint8Array
  return { body: raw ? (body as BodyInit) : JSON.stringify(body) }
}

export function askAs(token: string, fetch: Fetch): TestUser['ask'] {
  return async (method, path, body) => {
    const url = ORIGIN + (path.startsWith('/_matrix') ? path : V3 + path)
    const headers = { authorization: `Bearer ${token}` }
    return answerOf(await fetch(new Request(url, { method, headers, ...bodyOf(body) })))
  }
}

let users = 0

async function newUser(store: SqlStore, fetch: Fetch): Promise<TestUser> {
  const userId = `@user${++users}:localhost`
  await store.query('INSERT INTO users (user_id, password_hash) VALUES ($1, $2)', [userId, '-'])
  const token = await issueToken(store, { userId, deviceId: 'DEVICE' }, (length) =>
    crypto.getRandomValues(new Uint8Array(length)),
  )
  const ask = askAs(token, fetch)
  const newVersion = async (auth_data: unknown = AUTH_DATA): Promise<string> => {
    const { body } = await ask('POST', '/room_keys/version', { algorithm: ALGORITHM, auth_data })
    return String(body['version'])
  }
  return { userId, token, ask, newVersion }
}

export async function openTestServer(): Promise<TestServer> {
  const store = await openPgliteStore()
  await migrate(store)
  const errors: unknown[] = []
  const base = { store, serverName: 'localhost', onError: (error: unknown) => errors.push(error) }
  const server = createServer(base)
  return {
    store,
    server,
    errors,
    newUser: () => newUser(store, (request) => server.fetch(request)),
    withLimits: (limits) => (request) => createServer({ ...base, limits }).fetch(request),
    close: () => store.close(),
  }
}

/** A key with metadata `[is_verified, first_message_index, forwarded_count]`. */
export function keyOf(
  [is_verified, first_message_index, forwarded_count]: readonly [boolean, number, number] = [
    false,
    1,
    0,
  ],
  session_data: unknown = { ephemeral: 'e', ciphertext: 'c', mac: 'm' },
): Json {
  return { first_message_index, forwarded_count, is_verified, session_data }
}

/** `{ rooms }` from room id → session id → key, built so that every id is an own property. */
export function roomsOf(rooms: Iterable<readonly [string, readonly (readonly [string, Json])[]]>): {
  readonly rooms: Json
} {
  return {
    rooms: Object.fromEntries(
      Array.from(rooms, ([room, sessions]) => [room, { sessions: Object.fromEntries(sessions) }]),
    ),
  }
}

/** A path segment: everything but unreserved characters is escaped. */
export const segment: (id: string) => string = encodeURIComponent

export function keysPath(version: string, ...ids: readonly string[]): string {
  return ['/room_keys/keys', ...ids.map(segment)].join('/') + `?version=${segment(version)}`
}
