/** What `verify --json` prints. */
import {
  COUNT,
  COUNTS,
  documentOf,
  FLAG,
  type JsonSchema,
  listOf,
  nullable,
  objectOf,
  oneOf,
  TEXT,
} from './shape.ts'

const STATUS = oneOf('opened', 'other_key', 'failed', 'read')

const ROOM = objectOf({ room_id: TEXT, entries: COUNT, not_opened: COUNT, bytes: COUNT })
const KEY = objectOf({ public_key: TEXT, is_current: FLAG, opened: COUNT })
const VERSION = objectOf({
  version: nullable(TEXT),
  announced: nullable(COUNT),
  codes: listOf(TEXT),
})

/** The document. `listed` has the first 1000 entries with findings; `findings` counts all. */
export const schema: JsonSchema = documentOf('verify', {
  source: TEXT,
  result: oneOf('sound', 'odd', 'failing', 'structure_only'),
  entries: COUNT,
  bytes: COUNT,
  statuses: COUNTS,
  findings: COUNTS,
  macs: COUNTS,
  backup_macs: COUNTS,
  authenticated: COUNT,
  unauthenticated: COUNT,
  starting_late: COUNT,
  keys: listOf(KEY),
  rooms: listOf(ROOM),
  version: nullable(VERSION),
  omitted: objectOf({
    room_entries: COUNT,
    room_bytes: COUNT,
    addresses: COUNT,
    ephemeral_keys: COUNT,
  }),
  listed: listOf(
    objectOf({ room_id: TEXT, session_id: TEXT, status: STATUS, findings: listOf(TEXT) }),
  ),
})
