/** How many one-time keys a device has left, and which fallback keys nobody has used. */
import { type SqlExecutor, textColumn } from '../store.ts'
import type { Device } from '../account/tokens.ts'

/** algorithm → number of keys */
export type KeyCounts = Readonly<Record<string, number>>

/** Clients make new keys when they see a count that is low, and no count at all tells them nothing. */
const ALWAYS_COUNTED = 'signed_curve25519'

/** Counts the one-time keys of a device. */
export async function oneTimeKeyCounts(
  store: SqlExecutor,
  { userId, deviceId }: Device,
): Promise<KeyCounts> {
  const { rows } = await store.query(
    `SELECT algorithm, count(*)::text AS count FROM one_time_keys
     WHERE user_id = $1 AND device_id = $2 GROUP BY algorithm ORDER BY algorithm`,
    [userId, deviceId],
  )
  const counts = new Map([[ALWAYS_COUNTED, 0]])
  for (const row of rows) counts.set(textColumn(row, 'algorithm'), Number(textColumn(row, 'count')))
  return Object.fromEntries(counts)
}

/** Algorithms whose fallback key has not been handed out. */
export async function unusedFallbackAlgorithms(
  store: SqlExecutor,
  { userId, deviceId }: Device,
): Promise<readonly string[]> {
  const { rows } = await store.query(
    `SELECT algorithm FROM fallback_keys
     WHERE user_id = $1 AND device_id = $2 AND NOT used ORDER BY algorithm`,
    [userId, deviceId],
  )
  return rows.map((row) => textColumn(row, 'algorithm'))
}
