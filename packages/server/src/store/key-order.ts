/** Plans that follow the primary key, whatever the planner believes of the table. */
import type { SqlExecutor } from '../store.ts'

/**
 * Makes the rest of a transaction read along indexes. Where one user has a good part of a table, or its
 * statistics are of before, the planner would rather read all of it: a batch of a few thousand rows would
 * cost a scan, and a cursor would sort a whole backup before its first row.
 */
export async function followKeyOrder(tx: SqlExecutor): Promise<void> {
  await tx.query(
    `SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
       set_config('enable_sort', 'off', true)`,
  )
}
