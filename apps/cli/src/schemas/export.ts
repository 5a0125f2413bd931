/** What `export --json` prints. */
import { COUNT, COUNTS, documentOf, type JsonSchema, oneOf, TEXT } from './shape.ts'

/** The document. `failed` counts by reason. */
export const schema: JsonSchema = documentOf('export', {
  source: TEXT,
  output: TEXT,
  format: oneOf('key-export', 'jsonl'),
  exported: COUNT,
  failed: COUNTS,
})
