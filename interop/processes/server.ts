/** The bundled server as a process: `node server.ts '{"folder":…}'`, or with `url` and `partitions`. */
import { createServer, migrate } from '@roomkeys/server'
import { listen } from '@roomkeys/server/node'
import process from 'node:process'
import { announce } from './announce.ts'

/** Where a server keeps its data: in a folder, in a PostgreSQL, or in memory. */
export interface ServerStorage {
  readonly folder?: string
  /** Of a database on a PostgreSQL. */
  readonly url?: string
  /** Partitions of each table of a new database; whole tables unless given. */
  readonly partitions?: number
}

/** Each process loads the database that it uses, and no other. */
async function openStore({ folder, url }: ServerStorage) {
  if (url !== undefined) {
    const { openPgStore } = await import('@roomkeys/server/pg')
    return openPgStore({ connectionString: url })
  }
  const { openPgliteStore } = await import('@roomkeys/server/pglite')
  return openPgliteStore(folder === undefined ? {} : { folder })
}

// Whoever starts this script writes its argument by the same type.
const storage = JSON.parse(process.argv[2] ?? '{}') as ServerStorage
const { partitions } = storage
const store = await openStore(storage)
await migrate(store, partitions === undefined ? {} : { layout: 'partitioned', partitions })
const server = createServer({
  store,
  serverName: 'localhost',
  registration: 'open',
  rateLimits: 'off',
  onError: (error) => {
    process.stderr.write(`${String(error)}\n`)
  },
})
const http = await listen(server)
announce({ url: http.url }, () => http.close().then(() => store.close()))
