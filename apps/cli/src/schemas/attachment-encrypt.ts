/** What `attachment encrypt --json` prints. */
import { COUNT, documentOf, type JsonSchema, TEXT } from './shape.ts'

/** The document. */
export const schema: JsonSchema = documentOf('attachment encrypt', {
  output: TEXT,
  info: TEXT,
  bytes: COUNT,
})
