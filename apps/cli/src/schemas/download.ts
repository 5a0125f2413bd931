/** What `download --json` prints. */
import { COUNT, documentOf, FLAG, type JsonSchema, TEXT } from './shape.ts'

/** The document. */
export const schema: JsonSchema = documentOf('download', {
  output: TEXT,
  record: TEXT,
  version: TEXT,
  entries: COUNT,
  rooms: COUNT,
  bytes: COUNT,
  resumed_rooms: COUNT,
  changed: FLAG,
})
