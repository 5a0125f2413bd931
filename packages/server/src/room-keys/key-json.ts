/**
 * Keys written as JSON, part by part.
 *
 * Ids such as `__proto__` are legal, and one backup can have hundreds of megabytes, so no object is
 * ever built from stored keys.
 */
import { type SqlRow, textColumn } from '../store.ts'

/** Columns that {@link keyJson} reads. */
export const KEY_COLUMNS = `room_id, session_id, first_message_index::text AS first_message_index,
  forwarded_count::text AS forwarded_count, is_verified::text AS is_verified, session_data`

/** One key. The stored text of `session_data` goes out as it is. */
export function keyJson(row: SqlRow): string {
  const index = textColumn(row, 'first_message_index')
  const forwarded = textColumn(row, 'forwarded_count')
  const verified = textColumn(row, 'is_verified')
  return `{"first_message_index":${index},"forwarded_count":${forwarded},"is_verified":${verified},"session_data":${textColumn(row, 'session_data')}}`
}

/** The sessions of a room that stand in one page: their JSON, and the last of them. */
export interface RoomPart {
  readonly roomId: string
  readonly sessions: string
  readonly lastSessionId: string
}

/** Pages of parts, ordered by room. */
export type KeyPages = AsyncIterable<readonly RoomPart[]>

/**
 * An entry of `sessions`, written by the database: one text for many keys is cheaper to hand over than
 * columns for each.
 */
export const SESSION_ENTRY = `to_json(session_id)::text || ':{"first_message_index":' ||
  first_message_index || ',"forwarded_count":' || forwarded_count || ',"is_verified":' ||
  is_verified::text || ',"session_data":' || session_data || '}'`

/**
 * Writes the keys of one room. What the database wrote goes out as it is: joined to anything, it would
 * be copied.
 */
export async function* roomJson(pages: KeyPages): AsyncGenerator<string> {
  let separator = '{"sessions":{'
  for await (const parts of pages)
    for (const { sessions } of parts) {
      yield separator
      yield sessions
      separator = ','
    }
  yield separator === ',' ? '}}' : '{"sessions":{}}'
}

/** Writes the keys of all rooms. */
export async function* roomsJson(pages: KeyPages): AsyncGenerator<string> {
  let room: string | null = null
  yield '{"rooms":{'
  for await (const parts of pages)
    for (const { roomId, sessions } of parts) {
      const head = `${room === null ? '' : '}},'}${JSON.stringify(roomId)}:{"sessions":{`
      yield roomId === room ? ',' : head
      yield sessions
      room = roomId
    }
  yield room === null ? '}}' : '}}}}'
}
