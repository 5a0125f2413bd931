/** A real PostgreSQL: one for a whole run, with a database for whoever asks. */
import { spawn } from 'node:child_process'
import { mkdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import pg from 'pg'

const KEEPER = fileURLToPath(new URL('keeper.ts', import.meta.url))
const DEADLINE_MS = 60_000
const LOOK_MS = 50

function folderOf(owner: number): string {
  return join(tmpdir(), `roomkeys-postgres-${owner}`)
}

async function isFirst(owner: number): Promise<boolean> {
  try {
    await mkdir(folderOf(owner))
    return true
  } catch {
    // Another test file was first.
    return false
  }
}

async function waitForUrl(owner: number, deadline: number): Promise<string> {
  for (;;) {
    const url = await readFile(join(folderOf(owner), 'url'), 'utf8').catch(() => '')
    if (url !== '') return url
    if (Date.now() > deadline) throw new Error('PostgreSQL did not start')
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

/** The URL of the PostgreSQL of this run, without a database. */
async function serverUrl(owner: number): Promise<string> {
  if (await isFirst(owner))
    spawn(process.execPath, [KEEPER, folderOf(owner), String(owner)], {
      detached: true,
      stdio: 'ignore',
    }).unref()
  return waitForUrl(owner, Date.now() + DEADLINE_MS)
}

/**
 * Creates an empty database and returns its URL. It is gone with its owner: the run, unless another
 * process is given. Test files run in processes of their own, whose parent is the run.
 */
export async function createDatabase(owner: number = process.ppid): Promise<string> {
  const url = await serverUrl(owner)
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`
  const client = new pg.Client({ connectionString: `${url}/postgres` })
  await client.connect()
  await client.query(`CREATE DATABASE ${name}`)
  await client.end()
  return `${url}/${name}`
}
