/**
 * A server in a process of its own: `node server-process.ts '{"url":…}'` or `'{"folder":…}'`.
 *
 * Writes one line of JSON once it listens, and ends gracefully on SIGTERM.
 */
import process from 'node:process'
import { issueToken } from '../../src/account/tokens.ts'
import { createServer, migrate } from '../../src/index.ts'
import { listen } from '../../src/node.ts'
import { openPgStore } from '../../src/pg.ts'
import { openPgliteStore } from '../../src/pglite.ts'

/** Where the data is: on a PostgreSQL, or in a folder. */
export type ProcessStore = { readonly url: string } | { readonly folder: string }

/** What a server process says of itself. */
export interface ProcessAnnouncement {
  readonly url: string
  readonly token: string
}

const USER_ID = '@stress:localhost'

const where = JSON.parse(process.argv[2] ?? '{}') as ProcessStore
const deviceId = process.argv[3] ?? 'DEVICE'
const store =
  'url' in where
    ? await openPgStore({ connectionString: where.url })
    : await openPgliteStore({ folder: where.folder })
await migrate(store)
await store.query(
  `INSERT INTO users (user_id, password_hash) VALUES ($1, '-') ON CONFLICT DO NOTHING`,
  [USER_ID],
)
const token = await issueToken(store, { userId: USER_ID, deviceId }, (length) =>
  crypto.getRandomValues(new Uint8Array(length)),
)
const server = createServer({
  store,
  serverName: 'localhost',
  rateLimits: 'off',
  onError: (error) => {
    process.stderr.write(`${String(error)}\n`)
  },
})
const listening = await listen(server)
const announcement: ProcessAnnouncement = { url: listening.url, token }
process.stdout.write(`${JSON.stringify(announcement)}\n`)

process.once('SIGTERM', () => {
  void listening
    .close()
    .then(() => store.close())
    .then(() => process.exit(0))
})
