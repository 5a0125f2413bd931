/**
 * A journal in the state folder: what a rotation was about to do survives the process. It holds no
 * secret.
 *
 * @see https://specifications.freedesktop.org/basedir-spec/latest/
 */
import type { Journal } from '@roomkeys/backup/ports'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import type { Io } from '../io/io.ts'
import { writeDurably } from './write-durably.ts'

/** Whose journal it is, and where it lies. */
export interface JournalOwner {
  readonly userId: string
  readonly io: Pick<Io, 'env' | 'home'>
}

/** The state folder; relative paths in the variable are to be ignored. */
function stateFolder({ env, home }: JournalOwner['io']): string {
  const given = env['XDG_STATE_HOME']
  const base = given !== undefined && isAbsolute(given) ? given : join(home, '.local', 'state')
  return join(base, 'roomkeys')
}

/** A name that can stand in a path, whoever chose it. */
function asFileName(text: string): string {
  return encodeURIComponent(text).replaceAll('.', '%2E').replaceAll('*', '%2A')
}

/** The folder of an account's journal. */
export function journalFolder({ userId, io }: JournalOwner): string {
  return join(stateFolder(io), asFileName(userId))
}

function isNotThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

/** Opens the journal of an account. */
export function fileJournal(owner: JournalOwner): Journal {
  const folder = journalFolder(owner)
  const pathOf = (name: string): string => join(folder, `${asFileName(name)}.json`)
  return {
    read: async (name) => {
      try {
        return JSON.parse(await readFile(pathOf(name), 'utf8')) as unknown
      } catch (error) {
        if (isNotThere(error)) return null
        // What is no JSON is no record: whoever reads it says so.
        if (error instanceof SyntaxError) return undefined
        throw error
      }
    },
    write: async (name, record) => {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await writeDurably(pathOf(name), JSON.stringify(record))
    },
    remove: (name) => rm(pathOf(name), { force: true }),
  }
}
