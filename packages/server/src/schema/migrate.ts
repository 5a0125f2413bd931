/** Brings a database to the newest schema. */
import { ServerError } from '../errors.ts'
import { type SqlExecutor, type SqlStore, textColumn } from '../store.ts'
import { laidOut, MAX_PARTITIONS, type Partitions } from './layout.ts'
import { type Migration, MIGRATIONS } from './migrations.ts'

/** How a new database is laid out; one that exists stays as it is. */
export type MigrateOptions =
  | { readonly layout?: 'whole' | undefined }
  | {
      readonly layout: 'partitioned'
      /** Partitions of each table, by a hash of `user_id`; fixed for good. */
      readonly partitions: number
    }

/** Any number that no other user of the same database locks. */
const MIGRATION_LOCK = 7_406_211_553

const STATE = 'SELECT coalesce(max(step), 0)::text AS applied FROM roomkeys_schema'
const LAYOUT = 'SELECT partitions::text AS partitions FROM roomkeys_layout'

async function readNumber(tx: SqlExecutor, sql: string, column: string): Promise<number | null> {
  const { rows } = await tx.query(sql)
  return rows[0] === undefined ? null : Number(textColumn(rows[0], column))
}

/** How many steps the database has seen. */
export async function appliedSteps(tx: SqlExecutor): Promise<number> {
  return (await readNumber(tx, STATE, 'applied')) ?? 0
}

/** Other processes that migrate wait here; a large database may keep them for long. */
async function lockSchema(tx: SqlExecutor): Promise<void> {
  await tx.query('SET LOCAL statement_timeout = 0')
  await tx.query('SET LOCAL lock_timeout = 0')
  await tx.query('SELECT pg_advisory_xact_lock($1::bigint)', [MIGRATION_LOCK])
  await tx.query('CREATE TABLE IF NOT EXISTS roomkeys_schema (step integer PRIMARY KEY)')
  await tx.query('CREATE TABLE IF NOT EXISTS roomkeys_layout (partitions integer PRIMARY KEY)')
}

function wantedPartitions(options: MigrateOptions): Partitions | null {
  if (options.layout !== 'partitioned') return options.layout === 'whole' ? 0 : null
  const { partitions } = options
  if (Number.isInteger(partitions) && partitions >= 1 && partitions <= MAX_PARTITIONS)
    return partitions
  throw new TypeError(`partitions must be a whole number from 1 to ${MAX_PARTITIONS}`)
}

/** The layout of the database, which the first migration decides. */
async function decideLayout(
  tx: SqlExecutor,
  applied: number,
  wanted: Partitions | null,
): Promise<Partitions> {
  const found = (await readNumber(tx, LAYOUT, 'partitions')) ?? (applied === 0 ? null : 0)
  if (found === null)
    await tx.query('INSERT INTO roomkeys_layout (partitions) VALUES ($1::integer)', [wanted ?? 0])
  if (found !== null && wanted !== null && found !== wanted)
    throw new ServerError('layout_differs', 'The tables of the database are laid out otherwise')
  return found ?? wanted ?? 0
}

async function applyStep(
  tx: SqlExecutor,
  statements: readonly string[],
  step: number,
): Promise<void> {
  for (const statement of statements) await tx.query(statement)
  await tx.query('INSERT INTO roomkeys_schema (step) VALUES ($1::integer)', [step])
}

function statementsOf(migration: Migration, partitions: Partitions): readonly string[] {
  return migration.flatMap((statement) => laidOut(statement, partitions))
}

/**
 * Applies every missing migration, in one transaction. Safe to call from several processes at once
 * and on every start; without a layout, a database keeps the one it has.
 *
 * @throws ServerError `schema_too_new` when a newer release has already changed the schema,
 * `layout_differs` when the database was laid out otherwise
 */
export async function migrate(store: SqlStore, options: MigrateOptions = {}): Promise<void> {
  const wanted = wantedPartitions(options)
  await store.transaction(async (tx) => {
    await lockSchema(tx)
    const applied = await appliedSteps(tx)
    if (applied > MIGRATIONS.length)
      throw new ServerError('schema_too_new', 'The database was written by a newer release')
    const partitions = await decideLayout(tx, applied, wanted)
    for (const [index, migration] of MIGRATIONS.entries())
      if (index >= applied) await applyStep(tx, statementsOf(migration, partitions), index + 1)
  })
}
