/** A server over a database in memory, and users who are signed in to it. */
import { PGlite } from '@electric-sql/pglite'
import { issueToken } from '../src/account/tokens.ts'
import {
  createServer,
  type Limits,
  migrate,
  type RunningServer,
  type ServerEvent,
  type SqlStore,
} from '../src/index.ts'
import { openPgStore } from '../src/pg.ts'
import { pgliteStore, type PgliteStore } from '../src/pglite.ts'
import { createDatabase, emptyPglite } from './postgres/postgres.ts'

export const ORIGIN = 'http://localhost'
export const V3 = '/_matrix/client/v3'
export const ALGORITHM = 'm.megolm_backup.v1.curve25519-aes-sha2'
export const AUTH_DATA = { public_key: 'abcdef', signatures: { '@a:b': { 'ed25519:D': 'sig' } } }

/** The databases that every suite which touches the store runs on. */
export const BACKENDS = ['pglite', 'postgres', 'partitioned'] as const
export type Backend = (typeof BACKENDS)[number]

const PARTITIONS = 16

async function openEmptyPglite(): Promise<PgliteStore> {
  const db = await PGlite.create({ loadDataDir: await emptyPglite() })
  return { ...pgliteStore(db), close: () => db.close() }
}

/** Opens an empty database of a kind, with the newest schema. */
export async function openTestStore(backend: Backend): Promise<PgliteStore> {
  const store =
    backend === 'pglite'
      ? await openEmptyPglite()
      : await openPgStore({ connectionString: await createDatabase() })
  await migrate(
    store,
    backend === 'partitioned' ? { layout: 'partitioned', partitions: PARTITIONS } : {},
  )
  return store
}

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
  /** The same user at another server over the same database. */
  readonly through: (fetch: Fetch) => TestUser
}

export interface TestServer {
  readonly store: SqlStore
  readonly server: RunningServer
  /** Whatever the server reported through `onError`. */
  readonly errors: unknown[]
  /** Whatever the server reported through `log`. */
  readonly events: ServerEvent[]
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

function userThrough(fetch: Fetch, userId: string, token: string): TestUser {
  const ask = askAs(token, fetch)
  const newVersion = async (auth_data: unknown = AUTH_DATA): Promise<string> => {
    const { body } = await ask('POST', '/room_keys/version', { algorithm: ALGORITHM, auth_data })
    return String(body['version'])
  }
  const through = (other: Fetch): TestUser => userThrough(other, userId, token)
  return { userId, token, ask, newVersion, through }
}

let users = 0

/** Creates a user who is signed in. */
export async function newUser(store: SqlStore, fetch: Fetch): Promise<TestUser> {
  const userId = `@user${++users}:localhost`
  await store.query('INSERT INTO users (user_id, password_hash) VALUES ($1, $2)', [userId, '-'])
  const token = await issueToken(store, { userId, deviceId: 'DEVICE' }, (length) =>
    crypto.getRandomValues(new Uint8Array(length)),
  )
  return userThrough(fetch, userId, token)
}

export async function openTestServer(backend: Backend = 'pglite'): Promise<TestServer> {
  const store = await openTestStore(backend)
  const errors: unknown[] = []
  const events: ServerEvent[] = []
  const base = {
    store,
    serverName: 'localhost',
    rateLimits: 'off',
    onError: (error: unknown) => errors.push(error),
    log: (event: ServerEvent) => events.push(event),
  } as const
  const server = createServer(base)
  return {
    store,
    server,
    errors,
    events,
    newUser: () => newUser(store, (request) => server.fetch(request)),
    withLimits: (limits) => (request) => createServer({ ...base, limits }).fetch(request),
    close: async () => {
      await server.stop()
      await store.close()
    },
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
