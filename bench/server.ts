// The bundled server beside Synapse: the same requests over HTTP to processes on this machine, in turns.
// `node bench/server.ts [keys]`: the largest backup has 100,000 keys unless told otherwise. Needs Python 3,
// and installs the newest Synapse from PyPI beside the dependencies. Every server keeps the settings it
// comes with, but for limits of rates, which are off.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '@roomkeys/interop/server-processes'
import { type Competitor, interleave, median } from './interleave.ts'
import { keyJson, uploadBody } from './uploads.ts'
import { memoryOf } from './processes.ts'
import { type Ask, type BenchedServer, startOurs, startTheirs } from './servers.ts'

const LARGEST = Number(process.argv[2] ?? 100_000)
const KEYS_PER_UPLOAD = 100
const KEYS_PER_FILLING = 1000
const UPLOADS_PER_RUN = 20
const USERS_AT_ONCE = 32
const READS_PER_RUN = 5
const SMALL_RUNS = 7
const LARGE_RUNS = 3
/** What docs/scale.md names for a process that has to stay small. */
const SMALL_HEAP = ['--max-old-space-size=96', '--max-semi-space-size=4']
const SIZES = [1000, 10_000, LARGEST] as const

/** A user of one server, with a backup. */
interface Owner {
  readonly ask: Ask
  /** Keys that were uploaded. */
  readonly keys: number
}

/** Every server is sent the same ones. */
function uploadBodies(count: number): readonly string[] {
  return Array.from({ length: count }, () => uploadBody(KEYS_PER_UPLOAD))
}

async function must(answer: ReturnType<Ask>): Promise<{ readonly bytes: number }> {
  const { status, text, bytes } = await answer
  if (status !== 200) throw new Error(`A request was answered with ${status}: ${text}`)
  return { bytes }
}

const put = (ask: Ask, body: string): ReturnType<typeof must> =>
  must(ask('PUT', '/room_keys/keys?version=1', body))

/** A user with a backup of so many keys. */
async function newOwner(server: BenchedServer, keys = 0): Promise<Owner> {
  const ask = await server.newUser()
  const version = { algorithm: 'm.megolm_backup.v1.curve25519-aes-sha2', auth_data: {} }
  await must(ask('POST', '/room_keys/version', JSON.stringify(version)))
  for (let n = 0; n < keys; n += KEYS_PER_FILLING) await put(ask, uploadBody(KEYS_PER_FILLING))
  return { ask, keys }
}

/** Reads a whole backup, and is sure that it was whole. */
async function readAll({ ask, keys }: Owner): Promise<void> {
  const { bytes } = await must(ask('GET', '/room_keys/keys?version=1'))
  if (bytes < keys * keyJson().length) throw new Error('The backup came back shorter than it is')
}

/** One line of the table: what it is, and a number for each server. */
interface Line {
  readonly what: string
  readonly values: readonly number[]
  /** Whether more is better. */
  readonly rate: boolean
}

const lines: Line[] = []

function report(what: string, rate: boolean, values: readonly number[]): void {
  lines.push({ what, rate, values })
  console.log(what, values.map((value) => value.toPrecision(3)).join('  '))
}

/** Times the same task on every server, and answers the median seconds of each. */
async function compare(
  servers: readonly BenchedServer[],
  prepare: (server: BenchedServer) => Promise<Competitor['run']>,
  runs: number,
): Promise<readonly number[]> {
  const competitors: Competitor[] = []
  for (const server of servers) competitors.push({ name: server.name, run: await prepare(server) })
  return (await interleave(competitors, runs)).map(({ seconds }) => median(seconds))
}

/** The value below which a part of the sorted values lies. */
function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

/** Uploads of new keys, one after the other, to a backup that has some already. */
async function measureUploads(servers: readonly BenchedServer[], keys: number): Promise<void> {
  const latencies = new Map<string, number[]>()
  const batches = Array.from({ length: SMALL_RUNS + 1 }, () => uploadBodies(UPLOADS_PER_RUN))
  const seconds = await compare(
    servers,
    async (server) => {
      const { ask } = await newOwner(server, keys)
      const milliseconds: number[] = []
      latencies.set(server.name, milliseconds)
      let run = 0
      return async () => {
        for (const body of batches[run] ?? []) {
          const began = performance.now()
          await put(ask, body)
          // The first run warms up.
          if (run > 0) milliseconds.push(performance.now() - began)
        }
        run++
      }
    },
    SMALL_RUNS,
  )
  const into = keys === 0 ? '' : ` into ${keys.toLocaleString('en')}`
  const what = `uploads of ${KEYS_PER_UPLOAD} keys${into}`
  report(
    `${what}, a second`,
    true,
    seconds.map((it) => UPLOADS_PER_RUN / it),
  )
  for (const [name, part] of [
    ['p50', 0.5],
    ['p99', 0.99],
  ] as const)
    report(
      `${what}, ${name}, ms`,
      false,
      [...latencies.values()].map((it) => quantile(it, part)),
    )
}

async function measureReads(servers: readonly BenchedServer[], keys: number): Promise<void> {
  const isSmall = keys < LARGEST
  const reads = keys === SIZES[0] ? READS_PER_RUN : 1
  const seconds = await compare(
    servers,
    async (server) => {
      const owner = await newOwner(server, keys)
      return async () => {
        for (let i = 0; i < reads; i++) await readAll(owner)
      }
    },
    isSmall ? SMALL_RUNS : LARGE_RUNS,
  )
  const what = `whole backup of ${keys.toLocaleString('en')} keys, ms`
  report(
    what,
    false,
    seconds.map((it) => (it * 1000) / reads),
  )
}

async function newCrowd(server: BenchedServer): Promise<readonly Owner[]> {
  const crowd: Owner[] = []
  for (let i = 0; i < USERS_AT_ONCE; i++) crowd.push(await newOwner(server, KEYS_PER_FILLING))
  return crowd
}

/** Every user uploads at the same moment. */
async function measureCrowdUploads(servers: readonly BenchedServer[]): Promise<void> {
  const batches = Array.from({ length: SMALL_RUNS + 1 }, () => uploadBodies(USERS_AT_ONCE))
  const seconds = await compare(
    servers,
    async (server) => {
      const crowd = await newCrowd(server)
      let run = 0
      return async () => {
        const bodies = batches[run++] ?? []
        await Promise.all(crowd.map(({ ask }, i) => put(ask, bodies[i] ?? '')))
      }
    },
    SMALL_RUNS,
  )
  const rates = seconds.map((it) => USERS_AT_ONCE / it)
  report(`${USERS_AT_ONCE} users at once: uploads a second`, true, rates)
}

/** Every user reads their backup at the same moment. */
async function measureCrowdReads(servers: readonly BenchedServer[]): Promise<void> {
  const seconds = await compare(
    servers,
    async (server) => {
      const crowd = await newCrowd(server)
      return async () => {
        await Promise.all(crowd.map(readAll))
      }
    },
    SMALL_RUNS,
  )
  const rates = seconds.map((it) => USERS_AT_ONCE / it)
  report(`${USERS_AT_ONCE} users at once: backups of 1,000 keys a second`, true, rates)
}

function printTable(servers: readonly BenchedServer[]): void {
  const names = servers.map(({ name }) => name)
  const digits = (value: number): string =>
    value.toLocaleString('en', { maximumSignificantDigits: 3 })
  const rows = lines.map(({ what, values, rate }) => {
    const theirs = values.at(-1) ?? Number.NaN
    const factor = (value: number): string => (rate ? value / theirs : theirs / value).toFixed(1)
    return [what, ...values.map(digits), ...values.slice(0, -1).map((it) => `${factor(it)} ×`)]
  })
  const head = ['', ...names, ...names.slice(0, -1).map((name) => `${name}: better by`)]
  for (const row of [head, head.map(() => '---'), ...rows]) console.log(`| ${row.join(' | ')} |`)
}

const BYTES_IN_MIB = 2 ** 20

const folder = await mkdtemp(join(tmpdir(), 'roomkeys-bench-'))
const postgres = await startPostgres()
const servers: BenchedServer[] = []
try {
  servers.push(await startOurs('PGlite', { folder: join(folder, 'pglite') }))
  servers.push(await startOurs('PostgreSQL', { url: await postgres.createDatabase() }))
  servers.push(
    await startOurs('the same, small heap', { url: await postgres.createDatabase() }, SMALL_HEAP),
  )
  servers.push(await startTheirs())
  report(
    'resident memory at the start, MiB',
    false,
    servers.map((it) => memoryOf(it.pid).now / BYTES_IN_MIB),
  )
  await measureUploads(servers, 0)
  await measureCrowdUploads(servers)
  await measureCrowdReads(servers)
  for (const keys of SIZES) await measureReads(servers, keys)
  await measureUploads(servers, LARGEST)
  report(
    'peak resident memory of all that, MiB',
    false,
    servers.map((it) => memoryOf(it.pid).peak / BYTES_IN_MIB),
  )
  printTable(servers)
} finally {
  for (const server of servers) await server.end()
  await postgres.stop()
  await rm(folder, { recursive: true, force: true })
}
process.exit(0)
