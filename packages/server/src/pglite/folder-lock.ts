/**
 * A lock on a folder: an embedded database that two processes open at once is damaged.
 *
 * The lock is a file that names its holder. One left behind by a process that is gone is taken over.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ServerError } from '../errors.ts'

/** In a container every run may have the same process id; this tells the runs apart. */
const THIS_RUN = crypto.randomUUID()

/** Reads as the process that asks, in a run that is over. */
const RELEASED = `${process.pid} released`

/** A held lock. */
export interface FolderLock {
  readonly release: () => Promise<void>
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !hasCode(error, 'ESRCH')
  }
}

/** What the file says; the holder may have let go just now. */
async function readHolder(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return RELEASED
    throw error
  }
}

async function isHeld(file: string): Promise<boolean> {
  const [pid, run] = (await readHolder(file)).split(' ')
  return Number(pid) === process.pid ? run === THIS_RUN : isAlive(Number(pid))
}

async function tryWrite(file: string): Promise<boolean> {
  try {
    await writeFile(file, `${process.pid} ${THIS_RUN}`, { flag: 'wx' })
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
}

/**
 * Locks a folder, which is created if need be.
 *
 * @throws ServerError `store_in_use` when another server has it open
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  await mkdir(folder, { recursive: true })
  const file = join(folder, 'in-use')
  const lock = { release: () => rm(file, { force: true }) }
  if (await tryWrite(file)) return lock
  if (!(await isHeld(file))) {
    await lock.release()
    if (await tryWrite(file)) return lock
  }
  throw new ServerError(
    'store_in_use',
    `The folder is open in another server; if there is none, delete ${file}`,
  )
}
