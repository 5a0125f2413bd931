/** What `file merge --json` prints. */
import { COUNT, COUNTS, documentOf, type JsonSchema, TEXT } from './shape.ts'

/** The document. `outcomes` counts what became of each session that was read. */
export const schema: JsonSchema = documentOf('file merge', {
  output: TEXT,
  read: COUNT,
  sessions: COUNT,
  malformed: COUNT,
  outcomes: COUNTS,
})
