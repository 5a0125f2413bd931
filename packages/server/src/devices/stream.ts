/**
 * The stream of a user: every change that `/sync` tells of takes its next number.
 *
 * The row of the user stays locked until the change is committed, so that the numbers become visible in
 * their order. Every transaction here takes this lock first, which also keeps two from waiting for each
 * other.
 */
import { RefusedRequest } from '../errors.ts'
import type { Services } from '../http/context.ts'
import { type SqlExecutor, textColumn } from '../store.ts'

/** One change, within its transaction. */
export interface Change {
  readonly tx: SqlExecutor
  readonly userId: string
  /** The number of the change; larger than those of all changes before. */
  readonly position: number
}

async function advance(tx: SqlExecutor, userId: string): Promise<number | null> {
  const { rows } = await tx.query(
    `UPDATE users SET stream_position = stream_position + 1 WHERE user_id = $1
     RETURNING stream_position::text AS position`,
    [userId],
  )
  return rows[0] === undefined ? null : Number(textColumn(rows[0], 'position'))
}

/**
 * Changes what belongs to a user, in one transaction, and wakes those who wait for it.
 *
 * @returns what the work returned, or `null` when there is no such user
 */
export async function changeIfUser<T>(
  { store, wakeUps }: Services,
  userId: string,
  work: (change: Change) => Promise<T>,
): Promise<T | null> {
  const outcome = await store.transaction(async (tx) => {
    const position = await advance(tx, userId)
    return position === null ? null : { result: await work({ tx, userId, position }) }
  })
  if (outcome === null) return null
  await wakeUps.announce(userId)
  return outcome.result
}

/** The refusal for a user or a device that was removed after its token was checked. */
export function signedOut(): RefusedRequest {
  return new RefusedRequest([401, 'M_UNKNOWN_TOKEN'], 'Unknown access token', {
    body: { soft_logout: false },
  })
}

/**
 * Like {@link changeIfUser}, for the user who asks.
 *
 * @throws RefusedRequest 401 when the user is gone
 */
export async function changeOwn<T extends object | string | number | boolean | undefined>(
  services: Services,
  userId: string,
  work: (change: Change) => Promise<T>,
): Promise<T> {
  const result = await changeIfUser(services, userId, work)
  if (result === null) throw signedOut()
  return result
}

/** Has a user's devices look at the keys of a user again: their own, or one whom they have signed. */
export async function recordDeviceListChange(
  { tx, userId, position }: Change,
  changedUserId: string,
): Promise<void> {
  await tx.query(
    `INSERT INTO device_list_changes (user_id, changed_user_id, position)
     VALUES ($1, $2, $3::bigint)
     ON CONFLICT (user_id, changed_user_id) DO UPDATE SET position = excluded.position`,
    [userId, changedUserId, position],
  )
}

/** Has a device told its counts of one-time keys and its unused fallback keys. */
export async function recordKeyCounts(
  { tx, userId, position }: Change,
  deviceIds: readonly string[],
): Promise<void> {
  await tx.query(
    `UPDATE devices SET key_counts_position = $3::bigint
     WHERE user_id = $1 AND device_id = ANY($2::text[])`,
    [userId, deviceIds, position],
  )
}
