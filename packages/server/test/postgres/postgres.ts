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

async function waitForFile(owner: number, name: string): Promise<Buffer> {
  const deadline = Date.now() + DEADLINE_MS
  for (;;) {
    const content = await readFile(join(folderOf(owner), name)).catch(() => null)
    if (content !== null) return content
    if (Date.now() > deadline) throw new Error('PostgreSQL did not start')
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

/** What the keeper of this run has written under a name. */
async function kept(owner: number, name: string): Promise<Buffer> {
  if (await isFirst(owner))
    spawn(process.execPath, [KEEPER, folderOf(owner), String(owner)], {
      detached: true,
      stdio: 'ignore',
    }).unref()
  return waitForFile(owner, name)
}

/** An empty PGlite, ready to be loaded. */
export async function emptyPglite(owner: number = process.ppid): Promise<Blob> {
  return new Blob([new Uint8Array(await kept(owner, 'pglite.tar'))])
}

/**
 * Creates an empty database and returns its URL. It is gone with its owner: the run, unless another
 * process is given. Test files run in processes of their own, whose parent is the run.
 */
export async function createDatabase(owner: number = process.ppid): Promise<string> {
  const url = (await kept(owner, 'url')).toString()
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`
  const client = new pg.Client({ connectionString: `${url}/postgres` })
  await client.connect()
  await client.query(`CREATE DATABASE ${name}`)
  await client.end()
  return `${url}/${name}`
}
