/** Servers in processes of their own, and a PostgreSQL for them to share. */
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import type { ServerStorage } from './processes/server.ts'
import { startScript, type StartedScript } from './processes/start.ts'

/** A server that listens. */
export interface ServerProcess {
  readonly url: string
  readonly pid: number
  /** What it failed at. */
  readonly complaints: () => string
  readonly stop: () => Promise<void>
}

/** A PostgreSQL that runs. */
export interface PostgresProcess {
  /** Creates an empty database and returns its URL. */
  readonly createDatabase: () => Promise<string>
  readonly stop: () => Promise<void>
}

interface Address {
  readonly url: string
}

/** Starts the bundled server, where everybody may register and no rate is limited. */
export async function startServer(storage: ServerStorage): Promise<ServerProcess> {
  const { where, ...script }: StartedScript<Address> = await startScript('server.ts', storage)
  return { ...where, ...script }
}

/** Starts a PostgreSQL. */
export async function startPostgres(): Promise<PostgresProcess> {
  const { where, stop }: StartedScript<Address> = await startScript('postgres.ts')
  const createDatabase = async (): Promise<string> => {
    const name = `interop_${randomUUID().replaceAll('-', '')}`
    const client = new pg.Client({ connectionString: `${where.url}/postgres` })
    await client.connect()
    await client.query(`CREATE DATABASE ${name}`)
    await client.end()
    return `${where.url}/${name}`
  }
  return { createDatabase, stop }
}
