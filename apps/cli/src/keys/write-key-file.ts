/** Writing a key export file. */
import { KeyExportError } from '@roomkeys/key-export'
import { encryptKeyExportStream, type Sessions } from '@roomkeys/key-export/stream'
import { CliError } from '../errors.ts'
import type { Write } from './write-to.ts'

/** How a key file is written. */
export interface WriteKeyFileOptions {
  readonly passphrase: string
  readonly write: Write
  readonly signal: AbortSignal
  /** What to do when there is no session to write. */
  readonly hint?: string
}

const HINT = 'Check --room and --session, where they are given, and what roomkeys verify says.'

/** There is nothing to write: an empty file would look like a backup. */
export function nothingToWrite(hint = HINT, cause?: unknown): CliError {
  return new CliError('not_found', 'There is no key to write: no file was written.', {
    cause,
    hint,
  })
}

/**
 * Writes sessions as a key export file, in bounded memory.
 *
 * @throws CliError `not_found` when there are none
 */
export async function writeKeyFile(
  sessions: Sessions,
  { passphrase, write, signal, hint }: WriteKeyFileOptions,
): Promise<void> {
  try {
    for await (const text of encryptKeyExportStream(sessions, passphrase, { signal }))
      await write(text)
  } catch (error) {
    if (error instanceof KeyExportError && error.code === 'no_sessions')
      throw nothingToWrite(hint, error)
    throw error
  }
}
