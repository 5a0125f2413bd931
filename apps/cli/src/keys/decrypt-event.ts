/** Decrypting one event of a file. */
import { checkReplay, MegolmError, type MessageOrigin, replayKey } from '@roomkeys/megolm'
import { decryptRoomEvent, parseMegolmEventContent } from '@roomkeys/megolm/room-event'
import { isJsonObject, type JsonObject, WireShapeError } from '@roomkeys/types'
import type { EventKeys } from './event-keys.ts'
import type { JsonValue } from '../sources/json-values.ts'

/** What became of an event. */
export type EventOutcome =
  | { readonly status: 'decrypted'; readonly event: JsonObject; readonly index: number }
  /** It was not encrypted, and is given as it came. */
  | { readonly status: 'not_encrypted'; readonly event: JsonObject }
  | {
      readonly status: 'failed'
      readonly position: number
      readonly event_id: string | null
      readonly room_id: string | null
      readonly session_id: string | null
      readonly reason: string
    }

/** What events are decrypted with. */
export interface EventDecryption {
  readonly keys: EventKeys
  /** The room of events that do not name theirs, or `null`. */
  readonly roomId: string | null
  /** Which event used which message, against replays. */
  readonly seen: Map<string, MessageOrigin>
}

function textAt(object: JsonObject, name: string): string | null {
  const value = Object.hasOwn(object, name) ? object[name] : undefined
  return typeof value === 'string' ? value : null
}

/** Why an event cannot be decrypted; any other error is ours and goes on. */
function reasonOf(error: unknown): string {
  if (error instanceof MegolmError) return error.code
  if (error instanceof WireShapeError) return 'malformed_event'
  throw error
}

interface Opened {
  readonly event: JsonObject
  readonly index: number
}

function checkSeen(sessionId: string, opened: Opened, { seen }: EventDecryption): Opened {
  const { event, index } = opened
  const eventId = textAt(event, 'event_id')
  if (eventId === null) return opened
  const time = event['origin_server_ts']
  const key = replayKey(sessionId, index)
  const origin = { eventId, originServerTs: typeof time === 'number' ? time : undefined }
  seen.set(key, checkReplay(seen.get(key), origin))
  return opened
}

/** The event in the clear, or the reason why not. */
function open(event: JsonObject, roomId: string | null, context: EventDecryption): Opened | string {
  const { content } = event
  const wire = parseMegolmEventContent(content)
  if (wire === null) return 'unsupported_algorithm'
  if (roomId === null) return 'room_unknown'
  const session = context.keys.find(roomId, wire.session_id)
  if (session === null) return 'key_missing'
  const opened = decryptRoomEvent({ content, roomId, session })
  if (opened === null) return 'unsupported_algorithm'
  opened.advanced.ratchet.destroy()
  const { type, content: plain, index } = opened
  const clear = { event: { ...event, type, content: plain }, index }
  return checkSeen(wire.session_id, clear, context)
}

/** Decrypts what stands in a file at this place. */
export function decryptEvent(item: JsonValue, context: EventDecryption): EventOutcome {
  const event = 'value' in item && isJsonObject(item.value) ? item.value : null
  if (event === null) return failed(item.position, {}, { reason: 'malformed_event', roomId: null })
  if (event['type'] !== 'm.room.encrypted') return { status: 'not_encrypted', event }
  const roomId = textAt(event, 'room_id') ?? context.roomId
  try {
    const result = open(event, roomId, context)
    if (typeof result !== 'string') return { status: 'decrypted', ...result }
    return failed(item.position, event, { reason: result, roomId })
  } catch (error) {
    return failed(item.position, event, { reason: reasonOf(error), roomId })
  }
}

function failed(
  position: number,
  event: JsonObject,
  { reason, roomId }: { readonly reason: string; readonly roomId: string | null },
): EventOutcome {
  const { content } = event
  const session_id = isJsonObject(content) ? textAt(content, 'session_id') : null
  const event_id = textAt(event, 'event_id')
  return { status: 'failed', position, event_id, room_id: roomId, session_id, reason }
}
