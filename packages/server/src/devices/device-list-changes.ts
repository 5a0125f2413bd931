/** Users whose keys a user's devices should look at again. */
import { type SqlExecutor, textColumn } from '../store.ts'

/** Positions of a stream: those after one, up to another. */
export interface StreamRange {
  readonly after: number
  readonly upTo: number
}

/** Users whose keys changed in a range of the stream. */
export async function changedUsers(
  store: SqlExecutor,
  userId: string,
  { after, upTo }: StreamRange,
): Promise<readonly string[]> {
  const { rows } = await store.query(
    `SELECT changed_user_id FROM device_list_changes
     WHERE user_id = $1 AND position > $2::bigint AND position <= $3::bigint
     ORDER BY changed_user_id`,
    [userId, after, upTo],
  )
  return rows.map((row) => textColumn(row, 'changed_user_id'))
}
