/** What `events decrypt` prints. */
import { ANY_OBJECT, COUNT, type JsonSchema, linesOf, nullable, objectOf, TEXT } from './shape.ts'

/** A line: an event. */
export const schema: JsonSchema = linesOf(
  'events decrypt',
  objectOf({ status: { const: 'decrypted' }, event: ANY_OBJECT, index: COUNT }),
  objectOf({ status: { const: 'not_encrypted' }, event: ANY_OBJECT }),
  objectOf({
    status: { const: 'failed' },
    position: COUNT,
    event_id: nullable(TEXT),
    room_id: nullable(TEXT),
    session_id: nullable(TEXT),
    reason: TEXT,
  }),
)
