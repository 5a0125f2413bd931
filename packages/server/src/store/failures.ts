/**
 * Failures of a database, told without what was in the statement.
 *
 * What PostgreSQL and its drivers throw quotes ids, whole rows and parameters, `session_data` among
 * them. Only the SQLSTATE is kept, or the driver's code when there was no answer; the original is
 * not even a `cause`, for whoever prints an error prints its causes.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
import { ServerError } from '../errors.ts'

/** A failure of the database. */
export class StoreError extends ServerError {
  override readonly name = 'StoreError'
  /** SQLSTATE, or the code of the driver or the system; `null` when there was none. */
  readonly sqlState: string | null

  constructor(code: 'store_failed' | 'store_unavailable', sqlState: string | null) {
    const what = code === 'store_failed' ? 'refused a statement' : 'is not available'
    super(code, `The database ${what} (${sqlState ?? 'no code'})`)
    this.sqlState = sqlState
  }
}

/** Two transactions were in each other's way, and one of them was rolled back: it may run again. */
const CONFLICTS: ReadonlySet<string | null> = new Set(['40001', '40P01'])

/**
 * Lost connections, too little of something, shutdown, and the limits of time: on statements, on locks
 * and on idle transactions.
 */
const PASSING = /^(?:08|53|57P|57014|55P03|25P0[34]|40)/

const SQL_STATE = /^[0-9A-Z]{5}$/
const DRIVER_CODE = /^[A-Z][A-Z0-9_]{2,40}$/

function codeOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null
  const { code } = error
  return typeof code === 'string' && (SQL_STATE.test(code) || DRIVER_CODE.test(code)) ? code : null
}

/** Turns whatever a driver threw into an error that may be logged. */
export function storeError(error: unknown): ServerError {
  if (error instanceof ServerError) return error
  const code = codeOf(error)
  const refused = code !== null && SQL_STATE.test(code) && !PASSING.test(code)
  const misused = error instanceof TypeError || error instanceof RangeError
  return new StoreError(refused || misused ? 'store_failed' : 'store_unavailable', code)
}

/** Whether the transaction was rolled back because of another one, and nothing else was wrong. */
export function isConflict(error: unknown): boolean {
  return error instanceof StoreError && CONFLICTS.has(error.sqlState)
}
