/** Key export files, as the command reads them: their sessions, and a count of what is none. */
import { decryptKeyExportStream } from '@roomkeys/key-export/stream'
import type { ExportedSessionData } from '@roomkeys/types'
import { CliError } from '../errors.ts'
import { bytesOf } from '../sources/read-file.ts'
import { kindOfFile } from '../sources/file-kind.ts'

/** A key export file with its passphrase. */
export interface KeyFile {
  readonly path: string
  readonly passphrase: string
}

/** What was read. */
export interface ReadTally {
  read: number
  /** Entries that are no session. */
  malformed: number
}

/** Nothing was read yet. */
export function newTally(): ReadTally {
  return { read: 0, malformed: 0 }
}

/** How a file is read. */
export interface ReadOptions {
  readonly signal: AbortSignal
  readonly tally: ReadTally
  readonly select?: (session: ExportedSessionData) => boolean
}

/**
 * Checks that a file is a key export file, before a passphrase is asked for.
 *
 * @throws CliError `bad_file`
 */
export async function assertKeyFile(path: string): Promise<void> {
  if ((await kindOfFile(path)) === 'key_export') return
  throw new CliError('bad_file', `${path} is no key export file.`, {
    hint: 'Such a file begins with -----BEGIN MEGOLM SESSION DATA-----.',
  })
}

/** What an element of a file is: a session, or what stands there instead. */
type Read =
  | { readonly session: ExportedSessionData }
  | { readonly error: unknown }
  | { readonly malformed: true }

/** The sessions of what is read. The rest is counted, and left out. */
export async function* countedSessions(
  elements: AsyncIterable<Read>,
  tally: ReadTally,
): AsyncGenerator<ExportedSessionData> {
  for await (const element of elements)
    if ('session' in element) {
      tally.read += 1
      yield element.session
    } else tally.malformed += 1
}

/**
 * The sessions of a key export file. It is read twice, in bounded memory.
 *
 * @throws KeyExportError; the signal's reason when it is aborted
 */
export function sessionsOf(
  { path, passphrase }: KeyFile,
  { signal, tally, select }: ReadOptions,
): AsyncGenerator<ExportedSessionData> {
  const options = { signal, ...(select && { select }) }
  return countedSessions(
    decryptKeyExportStream(() => bytesOf(path), passphrase, options),
    tally,
  )
}
