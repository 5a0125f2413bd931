// What one PostgreSQL holds and does under the bundled server: uploads of 100 keys, whole downloads, bytes
// on disk, and a backup of a million keys of one user; whole tables beside 16 partitions.
// `node bench/server-scale.ts [keys]`, 1,000,000 unless given. Starts a PostgreSQL of its own, with the
// settings that it comes with.
import { createServer, createUser, migrate, type MigrateOptions } from '@roomkeys/server'
import { openPgStore, type PgStore } from '@roomkeys/server/pg'
import process from 'node:process'
import { type PostgresProcess, startPostgres } from '@roomkeys/interop/server-processes'

const KEYS = Number(process.argv[2] ?? 1_000_000)
const KEYS_PER_UPLOAD = 100
const USERS = 100
/** At once; each belongs to another user. */
const CLIENTS = 8
const KEYS_PER_ROOM = 250
const DOWNLOADS = 40
const API = 'http://localhost/_matrix/client/v3'
const MIB = 1024 * 1024

const LAYOUTS: readonly (readonly [name: string, options: MigrateOptions])[] = [
  ['whole tables', { layout: 'whole' }],
  ['16 partitions', { layout: 'partitioned', partitions: 16 }],
]

type Ask = (method: string, path: string, body?: unknown) => Promise<Response>

/** As long as real ones of clients on vodozemac, and as random: nothing compresses. */
function sessionData(): object {
  const random = (length: number): string =>
    Buffer.from(crypto.getRandomValues(new Uint8Array(length)))
      .toString('base64')
      .replace(/=+$/, '')
  return { ephemeral: random(32), ciphertext: random(480), mac: random(8) }
}

/** A hundred contents that are shared by all keys; ids are what is looked up. */
const CONTENTS = Array.from({ length: 100 }, sessionData)

function upload(first: number): object {
  const rooms: Record<string, { sessions: Record<string, object> }> = {}
  for (let n = first; n < first + KEYS_PER_UPLOAD; n++) {
    const room = `!room${Math.floor(n / KEYS_PER_ROOM)}:example.org`
    const session = Buffer.from(`session ${n} of a room, ${(n * 7919) % 9973}`).toString('base64')
    const key = {
      first_message_index: 0,
      forwarded_count: 0,
      is_verified: false,
      session_data: CONTENTS[n % CONTENTS.length],
    }
    ;(rooms[room] ??= { sessions: {} }).sessions[session.slice(0, 43)] = key
  }
  return { rooms }
}

async function signIn(store: PgStore, user: string): Promise<Ask> {
  const { fetch } = createServer({ store, serverName: 'localhost', rateLimits: 'off' })
  await createUser(store, { userId: `@${user}:localhost`, password: 'x' })
  const ask =
    (headers: HeadersInit): Ask =>
    (method, path, body) =>
      fetch(
        new Request(API + path, {
          method,
          headers,
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      )
  const login = { type: 'm.login.password', user, password: 'x' }
  const answer = (await (await ask({})('POST', '/login', login)).json()) as { access_token: string }
  const signedIn = ask({ authorization: `Bearer ${answer.access_token}` })
  await signedIn('POST', '/room_keys/version', { algorithm: 'x', auth_data: {} })
  return signedIn
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return (performance.now() - began) / 1000
}

/** Runs tasks, so many at a time. */
async function inParallel(tasks: readonly (() => Promise<void>)[], width: number): Promise<void> {
  const rest = [...tasks]
  const worker = async (): Promise<void> => {
    for (let task = rest.shift(); task !== undefined; task = rest.shift()) await task()
  }
  await Promise.all(Array.from({ length: width }, worker))
}

async function mustBeOk(answer: Promise<Response>): Promise<void> {
  const { status } = await answer
  if (status !== 200) throw new Error(`The server answered ${status}`)
}

/** Seconds for every tenth of the keys; users take turns, so that uploads at once are of different users. */
async function fill(users: readonly Ask[]): Promise<readonly number[]> {
  const uploads = KEYS / KEYS_PER_UPLOAD
  const tasks = Array.from({ length: uploads }, (_, i) => async (): Promise<void> => {
    const ask = users[i % users.length]
    const turn = Math.floor(i / users.length)
    if (ask !== undefined)
      await mustBeOk(ask('PUT', '/room_keys/keys?version=1', upload(turn * KEYS_PER_UPLOAD)))
  })
  const seconds: number[] = []
  for (let tenth = 0; tenth < 10; tenth++)
    seconds.push(
      await timed(() =>
        inParallel(tasks.slice((tenth * uploads) / 10, ((tenth + 1) * uploads) / 10), CLIENTS),
      ),
    )
  return seconds
}

async function drain(ask: Ask): Promise<number> {
  const { body } = await ask('GET', '/room_keys/keys?version=1')
  let bytes = 0
  for await (const chunk of body ?? []) bytes += chunk.length
  return bytes
}

async function number(store: PgStore, sql: string): Promise<number> {
  const { rows } = await store.query(sql)
  return Number(Object.values(rows[0] ?? {})[0])
}

const PARTS = `(SELECT oid AS relid FROM pg_class
  WHERE relkind = 'r' AND relname ~ '^backup_keys(_p[0-9]+)?$')`

async function measureLayout(store: PgStore): Promise<Readonly<Record<string, string>>> {
  const users: Ask[] = []
  for (let i = 0; i < USERS; i++) users.push(await signIn(store, `user${i}`))
  const filling = await fill(users)
  const rate = (seconds: number | undefined): string =>
    (KEYS / 10 / KEYS_PER_UPLOAD / (seconds ?? Number.NaN)).toFixed(0)
  const table = await number(store, `SELECT sum(pg_table_size(relid))::text FROM ${PARTS} parts`)
  const index = await number(store, `SELECT sum(pg_indexes_size(relid))::text FROM ${PARTS} parts`)
  const content = await number(store, 'SELECT avg(length(session_data))::text FROM backup_keys')
  const [first] = users
  if (first === undefined) throw new TypeError('There are no users')
  const alone = await timed(async () => {
    for (let i = 0; i < 100; i++)
      await mustBeOk(first('PUT', '/room_keys/keys?version=1', upload(10_000_000 + i * 100)))
  })
  const again = await timed(async () => {
    for (let i = 0; i < 100; i++)
      await mustBeOk(first('PUT', '/room_keys/keys?version=1', upload(10_000_000 + i * 100)))
  })
  const tasks = users.slice(1, DOWNLOADS + 1).map((ask) => async (): Promise<void> => {
    await drain(ask)
  })
  const oneByOne = await timed(() => inParallel(tasks, 1))
  const fourAtOnce = await timed(() => inParallel(tasks, 4))
  const keysRead = (KEYS / USERS) * tasks.length
  return {
    [`uploads of ${KEYS_PER_UPLOAD} a second, ${CLIENTS} at once, first tenth`]: rate(filling[0]),
    [`the same, last tenth`]: rate(filling.at(-1)),
    'uploads a second, one client, one after another': (100 / alone).toFixed(0),
    'the same keys again, which changes nothing': (100 / again).toFixed(0),
    'keys read a second, one download after another': (keysRead / oneByOne).toFixed(0),
    'keys read a second, four downloads at once': (keysRead / fourAtOnce).toFixed(0),
    'bytes of session_data a key': content.toFixed(0),
    'bytes on disk a key, table': (table / KEYS).toFixed(0),
    'bytes on disk a key, index': (index / KEYS).toFixed(0),
  }
}

/** One user with all the keys, which come by SQL: how long a download takes, and how much memory. */
async function measureOneUser(store: PgStore): Promise<Readonly<Record<string, string>>> {
  const ask = await signIn(store, 'everything')
  await store.query(
    `INSERT INTO backup_keys SELECT '@everything:localhost', 1, room_id, session_id || user_id,
       first_message_index, forwarded_count, is_verified, session_data
     FROM backup_keys WHERE user_id <> '@user0:localhost'`,
  )
  const keys = await number(
    store,
    `SELECT count(*)::text FROM backup_keys WHERE user_id = '@everything:localhost'`,
  )
  let peak = 0
  const before = process.memoryUsage().rss
  const sampler = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 50)
  let bytes = 0
  const seconds = await timed(async () => (bytes = await drain(ask)))
  clearInterval(sampler)
  const put = await timed(() => mustBeOk(ask('PUT', '/room_keys/keys?version=1', upload(0))))
  const answered = await timed(() => mustBeOk(ask('DELETE', '/room_keys/version/1')))
  const purged = await timed(async () => {
    const waiting = `SELECT count(*)::text FROM backup_versions
      WHERE deleted_at IS NOT NULL AND purged_at IS NULL`
    while ((await number(store, waiting)) > 0) await new Promise((done) => setTimeout(done, 200))
  })
  return {
    keys: String(keys),
    'MiB of the download': (bytes / MIB).toFixed(0),
    'keys read a second': (keys / seconds).toFixed(0),
    'MiB that the process grew by meanwhile, at most': ((peak - before) / MIB).toFixed(0),
    'milliseconds of an upload of 100 to it': (put * 1000).toFixed(0),
    'milliseconds until its deletion is answered': (answered * 1000).toFixed(0),
    'seconds until its keys are purged': purged.toFixed(0),
  }
}

async function withDatabase<T>(
  postgres: PostgresProcess,
  options: MigrateOptions,
  work: (store: PgStore) => Promise<T>,
): Promise<T> {
  const connectionString = await postgres.createDatabase()
  const store = await openPgStore({ connectionString, statementTimeoutMs: 0 })
  await migrate(store, options)
  return work(store).finally(() => store.close())
}

const postgres = await startPostgres()
try {
  for (const [name, options] of LAYOUTS)
    await withDatabase(postgres, options, async (store) => {
      console.log(`\n${name}, ${KEYS} keys of ${USERS} users`)
      console.table(await measureLayout(store))
      if (options.layout !== 'whole') return
      console.log('\none user with all of them')
      console.table(await measureOneUser(store))
    })
} finally {
  await postgres.stop()
}
process.exit(0)
