/**
 * The storage port: what the server asks of a SQL database that speaks PostgreSQL.
 *
 * Every column that the server reads is cast to text in the query, so that an adapter need not agree
 * with another on how it hands out bigint or boolean.
 */

/** A row of an answer, by column name. */
export type SqlRow = Readonly<Record<string, unknown>>

/** Runs single statements with `$1`-style parameters; arrays are passed as PostgreSQL arrays. */
export interface SqlExecutor {
  query(sql: string, params?: readonly unknown[]): Promise<{ readonly rows: readonly SqlRow[] }>
}

/**
 * What a transaction is for.
 *
 * - `change` (the default): READ COMMITTED. A store may run the work again after a conflict with
 *   another transaction, so the work has no effect outside of the database.
 * - `snapshot`: REPEATABLE READ, READ ONLY. The work is run once, and may have told somebody already
 *   what it read.
 */
export type TransactionKind = 'change' | 'snapshot'

/** A database. */
export interface SqlStore extends SqlExecutor {
  /** Runs `work` in one transaction: committed when it resolves, rolled back when it rejects. */
  transaction<T>(work: (tx: SqlExecutor) => Promise<T>, kind?: TransactionKind): Promise<T>
  /**
   * Calls back with the payload of every `NOTIFY` on a channel, and with `null` when some may have been
   * lost, until the returned function is called or the store is closed. Optional: without it, `/sync`
   * finds what other processes wrote by asking.
   */
  listen?(channel: string, heard: (payload: string | null) => void): Promise<() => Promise<void>>
}

/** Reads a column that the query has cast to text. */
export function textColumn(row: SqlRow, name: string): string {
  const value = row[name]
  if (typeof value === 'string') return value
  throw new TypeError(`The store answered column ${name} as ${typeof value}, not as text`)
}
