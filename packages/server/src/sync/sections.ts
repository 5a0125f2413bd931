/** The sections of an answer of `/sync`, each of a range of the user's stream. */
import {
  type KeyCounts,
  oneTimeKeyCounts,
  unusedFallbackAlgorithms,
} from '../devices/key-counts.ts'
import { changedUsers, type StreamRange } from '../devices/device-list-changes.ts'
import type { Session } from '../http/context.ts'
import { type SqlExecutor, textColumn } from '../store.ts'
import { type Filter, passesAccountData } from './filters.ts'

/** An event without a room, with its content as JSON text. */
export interface StoredEvent {
  readonly type: string
  readonly sender?: string
  readonly content: string
}

/** Messages for a device, and how far they go. */
export interface WaitingMessages {
  readonly events: readonly StoredEvent[]
  /** The end of the range, or the last message when more of them wait. */
  readonly upTo: number
}

/** What a device is told of its keys. */
export interface KeyState {
  readonly counts: KeyCounts
  readonly unusedFallbacks: readonly string[]
}

/** Account data that changed; before the first position, all of it. */
export async function accountDataIn(
  store: SqlExecutor,
  { userId }: Session,
  { after, upTo, filter }: StreamRange & { readonly filter: Filter },
): Promise<readonly StoredEvent[]> {
  const { rows } = await store.query(
    `SELECT type, content FROM account_data
     WHERE user_id = $1 AND position > $2::bigint AND position <= $3::bigint
     ORDER BY position, type`,
    [userId, after, upTo],
  )
  return rows
    .map((row) => ({ type: textColumn(row, 'type'), content: textColumn(row, 'content') }))
    .filter(({ type }) => passesAccountData(filter, type))
}

/** Messages that wait for a device, the oldest first. */
export async function messagesIn(
  store: SqlExecutor,
  { userId, deviceId }: Session,
  { after, upTo, limit }: StreamRange & { readonly limit: number },
): Promise<WaitingMessages> {
  const { rows } = await store.query(
    `SELECT to_device_messages.position::text AS at, sender, type, content
     FROM to_device_messages
     WHERE user_id = $1 AND device_id = $2 AND to_device_messages.position > $3::bigint
       AND to_device_messages.position <= $4::bigint
     ORDER BY to_device_messages.position LIMIT $5::bigint`,
    [userId, deviceId, after, upTo, limit],
  )
  const last = rows.at(-1)
  const events = rows.map((row) => ({
    type: textColumn(row, 'type'),
    sender: textColumn(row, 'sender'),
    content: textColumn(row, 'content'),
  }))
  const full = rows.length === limit && last !== undefined
  return { events, upTo: full ? Number(textColumn(last, 'at')) : upTo }
}

/** Removes messages that the device has received: it asks for what comes after them. */
export async function dropMessages(
  store: SqlExecutor,
  { userId, deviceId }: Session,
  upTo: number,
): Promise<void> {
  await store.query(
    `DELETE FROM to_device_messages
     WHERE user_id = $1 AND device_id = $2 AND position <= $3::bigint`,
    [userId, deviceId, upTo],
  )
}

/** The keys of a device as they are now. */
export async function keyStateOf(store: SqlExecutor, session: Session): Promise<KeyState> {
  const counts = await oneTimeKeyCounts(store, session)
  return { counts, unusedFallbacks: await unusedFallbackAlgorithms(store, session) }
}

/** Users whose keys changed. */
export async function deviceListsIn(
  store: SqlExecutor,
  { userId }: Session,
  range: StreamRange,
): Promise<readonly string[]> {
  return changedUsers(store, userId, range)
}
