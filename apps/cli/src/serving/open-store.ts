/** The database of the bundled server: in memory, in a folder, or a PostgreSQL. */
import { type Limits, migrate, type SqlStore } from '@roomkeys/server'
import type { CommandContext } from '../context.ts'
import { CliError } from '../errors.ts'

/** A database that has to be closed. */
type ClosableStore = SqlStore & { readonly close: () => Promise<void> }

/** A database, and what a server on it may take. */
export interface OpenedStore {
  readonly store: ClosableStore
  readonly limits: Partial<Limits>
}

/**
 * The embedded database has one connection, and a download holds it until all of it is read ahead. So that
 * a slow reader, or a rotation that writes while it reads, keeps nobody waiting, 300,000 keys are.
 */
export const EMBEDDED_LIMITS: Partial<Limits> = { readAheadBytes: 256 * 1_048_576, downloads: 4 }

/** The URL holds a password, so it is never repeated. */
function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url !== null && /^postgres(ql)?:$/.test(url.protocol)) return text
  throw new CliError('usage', 'This is no URL of a PostgreSQL database.', {
    hint: 'It begins with postgres://; special characters of the password are percent-encoded.',
  })
}

async function openPostgres(connectionString: string): Promise<ClosableStore> {
  const { openPgStore } = await import('@roomkeys/server/pg')
  try {
    return await openPgStore({ connectionString })
  } catch (cause) {
    const isMissing =
      cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND'
    if (!isMissing) throw cause
    throw new CliError('failed', 'The PostgreSQL driver is not installed.', {
      hint: 'Run npm install pg beside roomkeys, or use --data.',
      cause,
    })
  }
}

/**
 * Opens the database that the options or the environment name.
 *
 * @throws CliError `usage`; ServerError `store_in_use`
 */
export async function openStore({ options, io }: CommandContext): Promise<OpenedStore> {
  const folder = options.text('data')
  const database = options.text('database') ?? io.env['ROOMKEYS_DATABASE_URL'] ?? ''
  if (folder !== null && options.text('database') !== null)
    throw new CliError('usage', '--data and --database exclude each other.')
  if (folder === null && database !== '')
    return { store: await openPostgres(checkedUrl(database)), limits: {} }
  const { openPgliteStore } = await import('@roomkeys/server/pglite')
  const store = await openPgliteStore(folder === null ? {} : { folder })
  return { store, limits: EMBEDDED_LIMITS }
}

const REFUSED =
  'PostgreSQL refuses the user or the password: see the database URL, or PGUSER and PGPASSWORD.'

/** What PostgreSQL, its driver or the system say when nothing can be done with a database. */
const FAILURES: Readonly<Record<string, string>> = {
  '28P01': REFUSED,
  '28000': REFUSED,
  '3D000': 'The database does not exist on this PostgreSQL.',
  '42501': 'The user of the database may not create tables in it.',
  ECONNREFUSED: 'PostgreSQL cannot be reached: nothing answers at the address in the database URL.',
  ENOTFOUND: 'PostgreSQL cannot be reached: the host in the database URL is not known.',
  ETIMEDOUT: 'PostgreSQL cannot be reached: it does not answer in time.',
}

function failureOf(error: unknown): string | null {
  const state: unknown = error instanceof Error && 'sqlState' in error ? error.sqlState : null
  return typeof state === 'string' && Object.hasOwn(FAILURES, state)
    ? (FAILURES[state] ?? null)
    : null
}

/**
 * Brings the tables up to date, which is the first time that the database is asked for anything.
 *
 * @throws CliError `failed`; ServerError
 */
export async function prepareStore(store: SqlStore): Promise<void> {
  try {
    await migrate(store)
  } catch (cause) {
    const text = failureOf(cause)
    throw text === null ? cause : new CliError('failed', text, { cause })
  }
}
