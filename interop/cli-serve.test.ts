/** `roomkeys serve` on a real PostgreSQL, by several processes, and in a folder; both ended by the system. */
import { createBackupVersion, createHomeserver, putRoomKeys } from '@roomkeys/transport'
import { loginWithPassword } from '@roomkeys/transport/account'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type CommandEnd, type RunningCommand, startCommand } from './processes/command.ts'
import { type PostgresProcess, startPostgres } from './server-processes.ts'

const USER = '@alice:localhost'
const PASSWORD = 'correct horse battery staple'
const DATABASE_PASSWORD = 'postgres'
const EXIT = { ok: 0, error: 1, usage: 2 } as const

let postgres: PostgresProcess
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.stop())

let home = ''
const running: RunningCommand[] = []
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'roomkeys-serve-'))
})
afterEach(async () => {
  for (const server of running.splice(0)) {
    server.kill('SIGKILL')
    await server.ended
  }
  await rm(home, { recursive: true, force: true })
})

type Env = Readonly<Record<string, string>>

function start(env: Env, ...args: readonly string[]): RunningCommand {
  const command = startCommand({ args: ['serve', '--port', '0', ...args], home, env })
  running.push(command)
  return command
}

/** A server that is up. */
interface Up extends RunningCommand {
  readonly url: string
}

/** Starts a server with the user; resolves when it has said where it is. */
async function serve(env: Env, ...args: readonly string[]): Promise<Up> {
  const all = { ...env, ROOMKEYS_SERVE_PASSWORD: PASSWORD }
  const command = start(all, '--user', USER, '--json', ...args)
  const line = await command.firstLine
  expect(line, line === '' ? (await command.ended).stderr : '').not.toBe('')
  const { url } = JSON.parse(line) as { readonly url: string }
  return { ...command, url }
}

async function fail(env: Env, ...args: readonly string[]): Promise<CommandEnd> {
  return start(env, ...args).ended
}

async function signIn(url: string): Promise<string> {
  const answer = await loginWithPassword(createHomeserver({ baseUrl: url }), {
    user: USER,
    password: PASSWORD,
  })
  return answer.access_token
}

/** Stores or reads account data: what one process was told and another one knows. */
async function accountData(url: string, token: string, content?: object): Promise<unknown> {
  const path = `/_matrix/client/v3/user/${USER}/account_data/org.example.note`
  const answer = await fetch(`${url}${path}`, {
    method: content === undefined ? 'GET' : 'PUT',
    headers: { authorization: `Bearer ${token}` },
    ...(content === undefined ? {} : { body: JSON.stringify(content) }),
  })
  expect(answer.status).toBe(200)
  return answer.json()
}

/** Keys that are large, so that few of them fill every buffer between the database and a reader. */
const LARGE_KEYS = 400

/** Fills a new backup with 24 MB; its version. */
async function fillBackup(url: string, accessToken: string): Promise<string> {
  const homeserver = createHomeserver({ baseUrl: url, accessToken })
  const { version } = await createBackupVersion(homeserver, {
    body: {
      algorithm: 'm.megolm_backup.v1.curve25519-aes-sha2',
      auth_data: { public_key: 'A'.repeat(43) },
    },
  })
  const session_data = { ciphertext: 'A'.repeat(60_000), ephemeral: 'A'.repeat(43), mac: 'AAAA' }
  const data = { first_message_index: 0, forwarded_count: 0, is_verified: false, session_data }
  for (const room of ['!a:example.org', '!b:example.org']) {
    const ids = Array.from({ length: LARGE_KEYS / 2 }, (_, place) => [`session${place}`, data])
    const sessions = Object.fromEntries(ids) as Readonly<Record<string, typeof data>>
    await putRoomKeys(homeserver, { version, body: { rooms: { [room]: { sessions } } } })
  }
  return version
}

/** How many keys the body of an answer has. */
async function keysIn(answer: Response): Promise<number> {
  const { rooms } = (await answer.json()) as {
    readonly rooms: Readonly<Record<string, { readonly sessions: object }>>
  }
  return Object.values(rooms).reduce((sum, room) => sum + Object.keys(room.sessions).length, 0)
}

async function stop(server: Up, signal: NodeJS.Signals): Promise<CommandEnd> {
  server.kill(signal)
  const end = await server.ended
  expect(end).toMatchObject({ code: EXIT.ok })
  expect(end.stderr).toContain('The server is stopping.')
  return end
}

function withoutPasswords(end: CommandEnd): void {
  const printed = end.stdout + end.stderr
  expect(printed).not.toContain(PASSWORD)
  expect(printed).not.toContain(`:${DATABASE_PASSWORD}@`)
}

describe('on PostgreSQL', () => {
  it('two processes serve one database, and each may end without the other', async () => {
    const env = { ROOMKEYS_DATABASE_URL: await postgres.createDatabase() }
    const first = await serve(env)
    const second = await serve(env)
    const token = await signIn(first.url)
    await accountData(first.url, token, { from: 'first' })
    expect(await accountData(second.url, token)).toEqual({ from: 'first' })
    withoutPasswords(await stop(first, 'SIGTERM'))
    await accountData(second.url, token, { from: 'second' })
    const third = await serve(env)
    expect(await accountData(third.url, token)).toEqual({ from: 'second' })
    const end = await stop(second, 'SIGINT')
    withoutPasswords(end)
    expect(end.stderr).toContain(`${USER} exists already`)
    await stop(third, 'SIGTERM')
  })

  it('processes that start at once migrate an empty database once', async () => {
    const env = { ROOMKEYS_DATABASE_URL: await postgres.createDatabase() }
    const servers = await Promise.all([serve(env), serve(env), serve(env)])
    const token = await signIn(servers[0].url)
    await accountData(servers[1].url, token, { is: 'there' })
    expect(await accountData(servers[2].url, token)).toEqual({ is: 'there' })
    for (const server of servers) await stop(server, 'SIGTERM')
  })

  it('whoever waits is answered before the process ends', async () => {
    const env = { ROOMKEYS_DATABASE_URL: await postgres.createDatabase() }
    const server = await serve(env)
    const headers = { authorization: `Bearer ${await signIn(server.url)}` }
    const sync = `${server.url}/_matrix/client/v3/sync`
    const { next_batch: since } = (await (await fetch(sync, { headers })).json()) as {
      readonly next_batch: string
    }
    const waiting = fetch(`${sync}?timeout=60000&since=${since}`, { headers })
    await new Promise((resolve) => setTimeout(resolve, 500))
    const [answer] = await Promise.all([waiting, stop(server, 'SIGTERM')])
    expect(answer.status).toBe(200)
  })

  it('the URL may be an option when it holds no password', async () => {
    const url = new URL(await postgres.createDatabase())
    url.password = ''
    const env = { PGPASSWORD: DATABASE_PASSWORD }
    const server = await serve(env, '--database', url.href)
    await accountData(server.url, await signIn(server.url), {})
    await stop(server, 'SIGTERM')
    const refused = await fail({}, '--database', `postgres://user:canary-pass@127.0.0.1/db`)
    expect(refused).toMatchObject({ code: EXIT.usage })
    expect(refused.stderr).not.toContain('canary')
  })

  it.each([
    { what: 'a wrong password', part: 'password', value: 'canary-pass', told: 'password' },
    { what: 'a database that is not there', part: 'pathname', value: '/none', told: 'not exist' },
    { what: 'nobody who listens', part: 'port', value: '9', told: 'cannot be reached' },
  ] as const)('$what is told, without the password', async ({ part, value, told }) => {
    const url = new URL(await postgres.createDatabase())
    url[part] = value
    const env = { ROOMKEYS_DATABASE_URL: url.href }
    const end = await fail(env)
    expect({ ...end }).toMatchObject({ code: EXIT.error, stdout: '' })
    expect(end.stderr).toContain(told)
    expect(end.stderr).not.toContain('canary')
    withoutPasswords(end)
    const { stderr } = await fail(env, '--json')
    expect(JSON.parse(stderr)).toMatchObject({ error: { exit_code: EXIT.error } })
  })

  it.each([
    'canary-pass',
    'https://user:canary-pass@host/db',
    'postgres://user:canary-pass@ho st/db',
  ])('what is no URL of a database is wrong usage (%#)', async (text) => {
    const end = await fail({ ROOMKEYS_DATABASE_URL: text })
    expect(end).toMatchObject({ code: EXIT.usage, stdout: '' })
    expect(end.stderr).not.toContain('canary')
  })
})

describe('in a folder', () => {
  it('one process has it at a time, and the next one finds everything', async () => {
    const folder = join(home, 'data')
    const first = await serve({}, '--data', folder)
    const token = await signIn(first.url)
    await accountData(first.url, token, { kept: true })
    const second = await fail({}, '--data', folder)
    expect(second).toMatchObject({ code: EXIT.error, stdout: '' })
    expect(second.stderr).toContain('Another server uses this folder')
    expect(await accountData(first.url, token)).toEqual({ kept: true })
    await stop(first, 'SIGTERM')
    const third = await serve({}, '--data', folder)
    expect(await accountData(third.url, token)).toEqual({ kept: true })
    await stop(third, 'SIGINT')
  })

  it('a process that was killed leaves a folder that can be used', async () => {
    const folder = join(home, 'data')
    const first = await serve({}, '--data', folder)
    const token = await signIn(first.url)
    await accountData(first.url, token, { kept: true })
    first.kill('SIGKILL')
    await first.ended
    const second = await serve({}, '--data', folder)
    expect(await accountData(second.url, token)).toEqual({ kept: true })
    await stop(second, 'SIGTERM')
  })

  it('a reader that is slow keeps nobody waiting: a rotation reads and writes at a time', async () => {
    const server = await serve({}, '--data', join(home, 'data'))
    const token = await signIn(server.url)
    const version = await fillBackup(server.url, token)
    const keys = `${server.url}/_matrix/client/v3/room_keys/keys?version=${version}`
    const slow = await fetch(keys, { headers: { authorization: `Bearer ${token}` } })
    await accountData(server.url, token, { written: 'meanwhile' })
    expect(await keysIn(slow)).toBe(LARGE_KEYS)
    await stop(server, 'SIGTERM')
  })
})
