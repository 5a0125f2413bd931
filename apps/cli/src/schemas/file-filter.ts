/** What `file filter --json` prints. */
import { COUNT, documentOf, type JsonSchema, TEXT } from './shape.ts'

/** The document. */
export const schema: JsonSchema = documentOf('file filter', {
  output: TEXT,
  sessions: COUNT,
  malformed: COUNT,
})
