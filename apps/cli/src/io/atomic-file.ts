/** Files that are there whole or not at all, and that nobody else can read. */
import { randomBytes } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** Mode of every file that is written: it may hold keys. */
export const PRIVATE_MODE = 0o600

/** A file that is being written. */
export interface GrowingFile {
  readonly write: (chunk: string | Uint8Array) => Promise<void>
}

function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`)
}

async function writeAll(handle: FileHandle, chunk: string | Uint8Array): Promise<void> {
  await handle.writeFile(chunk)
}

async function fill<T>(path: string, work: (file: GrowingFile) => Promise<T>): Promise<T> {
  const handle = await open(path, 'wx', PRIVATE_MODE)
  try {
    const result = await work({ write: (chunk) => writeAll(handle, chunk) })
    await handle.sync()
    return result
  } finally {
    await handle.close()
  }
}

/**
 * Writes a file under a temporary name and renames it at the end. When the work fails or is
 * interrupted, what was at the path before is still there, and nothing else.
 */
export async function writeAtomically<T>(
  path: string,
  work: (file: GrowingFile) => Promise<T>,
): Promise<T> {
  const temporary = temporaryName(path)
  try {
    const result = await fill(temporary, work)
    await rename(temporary, path)
    return result
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
