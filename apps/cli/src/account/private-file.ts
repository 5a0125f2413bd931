/** Files with secrets of ours: they have mode 0600, or they are not read. */
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { CliError } from '../errors.ts'
import { readText } from '../io/read-limited.ts'

const MAX_BYTES = 65_536
/** Whatever group and others may do. */
const OTHERS = 0o077

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

function assertPrivate(mode: number, path: string, platform: NodeJS.Platform): void {
  // Windows has no such modes: its home folders are private by access lists.
  if (platform === 'win32' || (mode & OTHERS) === 0) return
  throw new CliError('bad_file', `${path} can be read or changed by others, so it is not used.`, {
    hint: `Run chmod 600 ${path}, and consider its access token known: sign in again.`,
  })
}

/**
 * Reads a private file; `null` when there is none.
 *
 * @throws CliError `bad_file` when others can read it
 */
export async function readPrivateFile(
  path: string,
  platform: NodeJS.Platform,
): Promise<string | null> {
  try {
    // A pipe in its place would be waited for without end.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const stat = await handle.stat()
      if (!stat.isFile()) throw new CliError('bad_file', `${path} is no file.`)
      assertPrivate(stat.mode, path, platform)
      return await readText(handle.createReadStream({ autoClose: false }), {
        what: path,
        maxBytes: MAX_BYTES,
      })
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (isMissing(error)) return null
    throw error
  }
}
