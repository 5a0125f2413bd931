/** Brings a database to the newest schema. */
import { ServerError } from '../errors.ts'
import { type SqlExecutor, type SqlStore, textColumn } from '../store.ts'
import { type Migration, MIGRATIONS } from './migrations.ts'

/** Any number that no other user of the same database locks. */
const MIGRATION_LOCK = 7_406_211_553

async function appliedSteps(tx: SqlExecutor): Promise<number> {
  await tx.query('CREATE TABLE IF NOT EXISTS roomkeys_schema (step integer PRIMARY KEY)')
  const { rows } = await tx.query(
    'SELECT coalesce(max(step), 0)::text AS applied FROM roomkeys_schema',
  )
  return rows[0] === undefined ? 0 : Number(textColumn(rows[0], 'applied'))
}

async function applyStep(tx: SqlExecutor, migration: Migration, step: number): Promise<void> {
  for (const statement of migration) await tx.query(statement)
  await tx.query('INSERT INTO roomkeys_schema (step) VALUES ($1)', [step])
}

/**
 * Applies every missing migration, in one transaction. Safe to call from several processes at once
 * and on every start.
 *
 * @throws ServerError `schema_too_new` when a newer release has already changed the schema
 */
export async function migrate(store: SqlStore): Promise<void> {
  await store.transaction(async (tx) => {
    await tx.query('SELECT pg_advisory_xact_lock($1::bigint)', [MIGRATION_LOCK])
    const applied = await appliedSteps(tx)
    if (applied > MIGRATIONS.length)
      throw new ServerError('schema_too_new', 'The database was written by a newer release')
    for (const [index, migration] of MIGRATIONS.entries())
      if (index >= applied) await applyStep(tx, migration, index + 1)
  })
}
