/** What `decrypt` prints. */
import {
  ANY_OBJECT,
  COUNT,
  type JsonSchema,
  linesOf,
  listOf,
  objectOf,
  oneOf,
  TEXT,
} from './shape.ts'

const ADDRESS = { room_id: TEXT, session_id: TEXT }

/** A line: an entry. `session` is the session in the clear. */
export const schema: JsonSchema = linesOf(
  'decrypt',
  objectOf({
    status: { const: 'opened' },
    ...ADDRESS,
    first_message_index: COUNT,
    mac: oneOf('libolm', 'intended', 'backup_mac'),
    backup_mac: oneOf('valid', 'mismatch', 'missing', 'unchecked'),
    notes: listOf(TEXT),
    session: ANY_OBJECT,
  }),
  objectOf({ status: { const: 'failed' }, ...ADDRESS, reason: TEXT }),
)
