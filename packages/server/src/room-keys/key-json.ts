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

/** Pages of rows, ordered by room. */
export type KeyPages = AsyncIterable<readonly SqlRow[]>

/** One key. The stored text of `session_data` goes out as it is. */
export function keyJson(row: SqlRow): string {
  const index = textColumn(row, 'first_message_index')
  const forwarded = textColumn(row, 'forwarded_count')
  const verified = textColumn(row, 'is_verified')
  return `{"first_message_index":${index},"forwarded_count":${forwarded},"is_verified":${verified},"session_data":${textColumn(row, 'session_data')}}`
}

function sessionEntry(row: SqlRow): string {
  return `${JSON.stringify(textColumn(row, 'session_id'))}:${keyJson(row)}`
}

/** Writes the keys of one room. */
export async function* roomJson(pages: KeyPages): AsyncGenerator<string> {
  let separator = '{"sessions":{'
  for await (const rows of pages) {
    if (rows.length === 0) continue
    yield separator + rows.map(sessionEntry).join(',')
    separator = ','
  }
  yield separator === ',' ? '}}' : '{"sessions":{}}'
}

/** Writes the keys of all rooms. */
export async function* roomsJson(pages: KeyPages): AsyncGenerator<string> {
  let room: string | null = null
  yield '{"rooms":{'
  for await (const rows of pages) {
    let text = ''
    for (const row of rows) {
      const next = textColumn(row, 'room_id')
      if (next === room) text += ','
      else text += `${room === null ? '' : '}},'}${JSON.stringify(next)}:{"sessions":{`
      text += sessionEntry(row)
      room = next
    }
    yield text
  }
  yield room === null ? '}}' : '}}}}'
}
