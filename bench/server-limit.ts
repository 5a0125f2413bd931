// What an upload of 100 keys takes at the least, part by part: an HTTP server that parses the body and keeps
// nothing, and a PostgreSQL that keeps what it is given, without anything in front of it.
// `node bench/server-limit.ts`. The PostgreSQL has the settings that it comes with, `fsync` among them.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { type Competitor, interleave, median } from './interleave.ts'
import { startPostgres } from '@roomkeys/interop/server-processes'
import { base64, keyJson, uploadBody } from './uploads.ts'

const KEYS_PER_UPLOAD = 100
const UPLOADS_PER_RUN = 300
const SERVE = 'serve'

const SCHEMA = `
  CREATE TABLE counters (user_id text PRIMARY KEY, etag bigint NOT NULL);
  INSERT INTO counters VALUES ('alice', 0);
  CREATE TABLE uploads (user_id text, number bigserial, body text, PRIMARY KEY (user_id, number));
  CREATE TABLE keys (user_id text, room_id text, session_id text, data text,
    PRIMARY KEY (user_id, room_id, session_id))`
const COUNT = `UPDATE counters SET etag = etag + 1 WHERE user_id = $1`
const KEEP_BODY = `INSERT INTO uploads (user_id, body) VALUES ($1, $2)`
const KEEP_ROWS = `INSERT INTO keys SELECT $1, $2, * FROM unnest($3::text[], $4::text[])`

/** Answers once it has parsed the body. */
async function serve(): Promise<void> {
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      JSON.parse(Buffer.concat(chunks).toString())
      outgoing.end('{}')
    })
  })
  process.once('disconnect', () => process.exit())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  process.send?.((server.address() as AddressInfo).port)
}

/** A process of its own, which ends with this one. */
async function startServer(): Promise<(body: string) => Promise<void>> {
  const child = fork(fileURLToPath(import.meta.url), [SERVE])
  const [port] = (await once(child, 'message')) as [number]
  const agent = new Agent({ keepAlive: true })
  return (body) =>
    new Promise((resolve, reject) => {
      const headers = { 'content-length': Buffer.byteLength(body) }
      request({ port, method: 'PUT', agent, headers }, (answer) => {
        answer.resume().on('end', resolve)
      })
        .on('error', reject)
        .end(body)
    })
}

async function repeat(task: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < UPLOADS_PER_RUN; i++) await task()
}

/** The arrays of {@link KEEP_ROWS}, for a room that is new. */
function rows(): readonly unknown[] {
  const ids = Array.from({ length: KEYS_PER_UPLOAD }, () => base64(32))
  return ['alice', `!${base64(18)}:example.org`, ids, ids.map(keyJson)]
}

async function measure(client: pg.Client): Promise<void> {
  const upload = await startServer()
  const body = uploadBody(KEYS_PER_UPLOAD)
  let made: readonly (readonly unknown[])[] = []
  const competitors: readonly Competitor[] = [
    { name: 'HTTP: read and parsed', run: () => repeat(() => upload(body)) },
    { name: 'commit of one counter', run: () => repeat(() => client.query(COUNT, ['alice'])) },
    {
      name: 'the body, one row',
      run: () => repeat(() => client.query(KEEP_BODY, ['alice', body])),
    },
    {
      name: 'the keys, a row each',
      // Making them takes as long as keeping them.
      prepare: () => {
        made = Array.from({ length: UPLOADS_PER_RUN }, rows)
      },
      run: async () => {
        for (const values of made) await client.query(KEEP_ROWS, [...values])
      },
    },
  ]
  for (const { name, seconds } of await interleave(competitors))
    report(name, (median(seconds) * 1000) / UPLOADS_PER_RUN)
}

function report(name: string, milliseconds: number): void {
  console.log(
    `${name}: ${milliseconds.toFixed(2)} ms, ${(1000 / milliseconds).toFixed(0)} a second`,
  )
}

async function main(): Promise<void> {
  const postgres = await startPostgres()
  const client = new pg.Client({ connectionString: await postgres.createDatabase() })
  try {
    await client.connect()
    await client.query(SCHEMA)
    await measure(client)
    await client.end()
  } finally {
    await postgres.stop()
  }
  process.exit(0)
}

await (process.argv[2] === SERVE ? serve() : main())
