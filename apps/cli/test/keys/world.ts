/** The bundled server with the account of the vectors, and the command run against it. */
import { createAccountData } from '@roomkeys/client/ports'
import { decodeKeyText } from '@roomkeys/crypto/key-text'
import { createServer, createUser, deleteUser, migrate } from '@roomkeys/server'
import { listen } from '@roomkeys/server/node'
import { openPgliteStore } from '@roomkeys/server/pglite'
import {
  createStorageKey,
  encodeStorageKey,
  storeBackupKey,
  storeSecret,
  writeDefaultKeyId,
  writeKey,
} from '@roomkeys/secret-storage'
import {
  createBackupVersion,
  createHomeserver,
  type Homeserver,
  putRoomKeys,
} from '@roomkeys/transport'
import { loginWithPassword } from '@roomkeys/transport/account'
import {
  backupVersion,
  createBackupVersionRequestSchema,
  parseWire,
  roomKeysSchema,
} from '@roomkeys/types'
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { run } from '../../src/run.ts'

const VECTORS = new URL('../../../../vectors/', import.meta.url)

/** A file of the vectors. */
export async function readVector<T>(name: string, schema: v.GenericSchema<unknown, T>): Promise<T> {
  return v.parse(schema, JSON.parse(await readFile(new URL(name, VECTORS), 'utf8')))
}

const accountSchema = v.looseObject({
  master_key: v.record(v.string(), v.unknown()),
  self_signing_key: v.record(v.string(), v.unknown()),
  user_signing_key: v.record(v.string(), v.unknown()),
  cross_signing_private: v.looseObject({ master: v.string() }),
  backup: v.looseObject({ recovery_key: v.string(), version: v.unknown(), keys: v.unknown() }),
})

/** The account of the vectors. */
export const account = await readVector('account-rust.json', accountSchema)

/** The user of the vectors, and a password. */
export const USER_ID = '@alice:example.org'
const PASSWORD = 'correct horse battery staple'

/** A signed-in account on a server of its own. */
export interface World {
  readonly url: string
  readonly token: string
  readonly homeserver: Homeserver
  readonly recoveryKey: string
  /** Opens secret storage; holds the backup key and the master key. */
  readonly storageKey: string
  /** Calls back at every upload of keys, until another one takes its place. */
  readonly onUpload: (uploaded: () => void) => void
  readonly close: () => Promise<void>
}

async function publishSigningKeys(url: string, token: string): Promise<void> {
  const { master_key, self_signing_key, user_signing_key } = account
  const send = (auth?: object): Promise<Response> =>
    fetch(`${url}/_matrix/client/v3/keys/device_signing/upload`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({
        master_key,
        self_signing_key,
        user_signing_key,
        ...(auth && { auth }),
      }),
    })
  const first = await send()
  if (first.ok) return
  const { session } = v.parse(v.looseObject({ session: v.string() }), await first.json())
  const identifier = { type: 'm.id.user', user: USER_ID }
  const second = await send({ type: 'm.login.password', identifier, password: PASSWORD, session })
  if (!second.ok) throw new Error(`Publishing failed: ${await second.text()}`)
}

async function fillBackup(homeserver: Homeserver): Promise<void> {
  const body = parseWire(createBackupVersionRequestSchema, account.backup.version, 'version')
  const { algorithm, auth_data } = body
  const { version } = await createBackupVersion(homeserver, { body: { algorithm, auth_data } })
  const keys = parseWire(roomKeysSchema, account.backup.keys, 'keys')
  await putRoomKeys(homeserver, { version: backupVersion(version), body: keys })
}

async function fillStorage(homeserver: Homeserver): Promise<string> {
  const accountData = createAccountData(homeserver, USER_ID)
  const key = createStorageKey()
  await writeKey(accountData, key)
  const backupKey = decodeKeyText(account.backup.recovery_key)
  await storeBackupKey(accountData, { backupKey, keys: [key] })
  const secret = account.cross_signing_private.master
  await storeSecret(accountData, { name: 'm.cross_signing.master', secret, keys: [key] })
  await writeDefaultKeyId(accountData, key.keyId)
  return encodeStorageKey(key)
}

/** A database, to be closed by whoever opened it. */
export type Store = Awaited<ReturnType<typeof openPgliteStore>>

/** Opens an empty database; opening one takes a second or two. */
export async function openStore(): Promise<Store> {
  const store = await openPgliteStore()
  await migrate(store)
  return store
}

async function signIn(url: string): Promise<string> {
  const args = { user: USER_ID, password: PASSWORD }
  const answer = await loginWithPassword(createHomeserver({ baseUrl: url }), args)
  return answer.access_token
}

async function listenWith(store: Store, uploaded: () => void) {
  const server = createServer({
    store,
    log: ({ type }) => {
      if (type === 'keys_uploaded') uploaded()
    },
    serverName: 'example.org',
    rateLimits: 'off',
    onError: (error) => {
      throw error
    },
  })
  return listen(server, { closeGraceMs: 0 })
}

/** Starts a server with the account, its backup, its signing keys, and its secret storage. */
export async function startWorld(store: Store): Promise<World> {
  await deleteUser(store, USER_ID)
  await createUser(store, { userId: USER_ID, password: PASSWORD })
  let uploaded = (): void => undefined
  const http = await listenWith(store, () => {
    uploaded()
  })
  const { url } = http
  const token = await signIn(url)
  const homeserver = createHomeserver({ baseUrl: url, accessToken: token })
  await publishSigningKeys(url, token)
  await fillBackup(homeserver)
  const storageKey = await fillStorage(homeserver)
  return {
    url,
    token,
    homeserver,
    recoveryKey: account.backup.recovery_key,
    storageKey,
    onUpload: (listener) => {
      uploaded = listener
    },
    close: () => http.close(),
  }
}

/** A folder for a test, and files in it. */
export interface Folder {
  readonly path: (name: string) => string
  readonly write: (name: string, text: string) => Promise<string>
  readonly remove: () => Promise<void>
}

/** Makes an empty folder. */
export async function makeFolder(): Promise<Folder> {
  const folder = await mkdtemp(join(tmpdir(), 'roomkeys-'))
  const path = (name: string): string => join(folder, name)
  return {
    path,
    write: async (name, text) => {
      await writeFile(path(name), text, { mode: 0o600 })
      return path(name)
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** What a call gave. */
export interface Result {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** What a call is given. */
export interface CallOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly home: string
  readonly stdin?: string
  /** Given the way to interrupt the call, as Ctrl-C does. */
  readonly armed?: (interrupt: () => void) => void
}

function sink(): { readonly stream: Writable; readonly text: () => string } {
  const chunks: Buffer[] = []
  const stream = new Writable({
    write: (chunk: Buffer, _, done) => {
      chunks.push(chunk)
      done()
    },
  })
  return { stream, text: () => Buffer.concat(chunks).toString() }
}

/** Runs the command in this process, without a terminal. */
export async function call(
  args: readonly string[],
  { env = {}, home, stdin = '', armed }: CallOptions,
): Promise<Result> {
  const [stdout, stderr] = [sink(), sink()]
  const input = new PassThrough()
  input.end(stdin)
  const code = await run(args, {
    stdin: input,
    stdout: stdout.stream,
    stderr: stderr.stream,
    env: { NO_COLOR: '1', ...env },
    isTerminal: { stdin: false, stdout: false, stderr: false },
    columns: 80,
    platform: process.platform,
    home,
    now: Date.now,
    onInterrupt: (interrupt) => {
      armed?.(interrupt)
      return () => undefined
    },
  })
  return { code, stdout: stdout.text(), stderr: stderr.text() }
}

/** The environment that signs in. */
export function signedIn({ url, token }: Pick<World, 'url' | 'token'>): Record<string, string> {
  return { ROOMKEYS_ACCESS_TOKEN: token, MATRIX_HOMESERVER: url }
}

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** A call in a process of its own. */
export interface Child {
  readonly result: Promise<Result>
  readonly pid: number
  readonly interrupt: () => void
}

/** Starts the command in a process of its own. */
export function spawnCall(
  args: readonly string[],
  { env = {}, home }: CallOptions,
  nodeOptions: readonly string[] = [],
): Child {
  const child = spawn(process.execPath, [...nodeOptions, MAIN, ...args], {
    env: { PATH: process.env['PATH'] ?? '', HOME: home, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr] = [sink(), sink()]
  child.stdout.pipe(stdout.stream)
  child.stderr.pipe(stderr.stream)
  const result = new Promise<Result>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      resolve({ code: code ?? -1, stdout: stdout.text(), stderr: stderr.text() })
    })
  })
  return { result, pid: child.pid ?? -1, interrupt: () => child.kill('SIGINT') }
}
