/** Files that are there whole or not at all, and that nobody else can read. */
import { randomBytes } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { aboutPath } from '../system-errors.ts'
import { assertReplaceable } from './path-kind.ts'

/** Mode of every file that is written: it may hold keys. */
export const PRIVATE_MODE = 0o600

/** A file that is being written. */
export interface GrowingFile {
  readonly write: (chunk: string | Uint8Array) => Promise<void>
}

/** Characters of a name that its temporary name has, too: all of it might be too long. */
const KEPT_LENGTH = 40

function temporaryName(path: string): string {
  const start = basename(path).slice(0, KEPT_LENGTH)
  return join(dirname(path), `.${start}.${randomBytes(6).toString('hex')}.tmp`)
}

async function writeAll(handle: FileHandle, chunk: string | Uint8Array): Promise<void> {
  await handle.writeFile(chunk)
}

async function fill<T>(path: string, work: (file: GrowingFile) => Promise<T>): Promise<T> {
  const handle = await open(path, 'wx', PRIVATE_MODE)
  try {
    const write = (chunk: string | Uint8Array): Promise<void> =>
      writeAll(handle, chunk).catch((error: unknown) => {
        throw aboutPath(error, path)
      })
    const result = await work({ write })
    await handle.sync()
    return result
  } finally {
    await handle.close()
  }
}

/** A failure of the temporary file is one of its folder, or is told by the name that it was to get. */
function underItsName(error: unknown, temporary: string, path: string): unknown {
  if (!(error instanceof Error && 'path' in error && error.path === temporary)) return error
  const isOpening = 'syscall' in error && error.syscall === 'open'
  return Object.assign(error, { path: isOpening ? dirname(path) : path })
}

/**
 * Writes a file under a temporary name and renames it at the end. When the work fails or is
 * interrupted, what was at the path before is still there, and nothing else.
 *
 * @throws CliError `bad_file` when something else than a file is there; what the work throws
 */
export async function writeAtomically<T>(
  path: string,
  work: (file: GrowingFile) => Promise<T>,
): Promise<T> {
  await assertReplaceable(path)
  const temporary = temporaryName(path)
  try {
    const result = await fill(temporary, work)
    await rename(temporary, path)
    return result
  } catch (error) {
    await rm(temporary, { force: true })
    throw underItsName(error, temporary, path)
  }
}
