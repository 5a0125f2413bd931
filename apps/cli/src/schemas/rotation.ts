/** What a rotation came to. */
import {
  COUNT,
  COUNTS,
  documentOf,
  type JsonSchema,
  listOf,
  nullable,
  objectOf,
  oneOf,
  TEXT,
} from './shape.ts'

const LOST_KEY = objectOf({ room_id: TEXT, session_id: TEXT, reason: TEXT })

const SOURCE = objectOf({
  version: TEXT,
  state: oneOf('copied', 'gone', 'no_key', 'unsupported_algorithm', 'malformed_auth_data'),
  entries: COUNT,
  carried: COUNT,
  missing: COUNT,
  lost: COUNTS,
  listed: listOf(LOST_KEY),
})

/** `finished` is `null` until the rotation was ended with `--finish`. */
export function rotationDocument(command: string): JsonSchema {
  return documentOf(command, {
    version: TEXT,
    offer: oneOf('delete', 'would_lose_keys'),
    sources: listOf(SOURCE),
    finished: nullable(objectOf({ deleted: listOf(TEXT), kept: listOf(TEXT) })),
  })
}
