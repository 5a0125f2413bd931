/** What `import --json` prints. */
import { COUNT, COUNTS, documentOf, FLAG, type JsonSchema, nullable } from './shape.ts'

/** The document. Where nothing was uploaded, `would_upload` and `differences` say what would be. */
export const schema: JsonSchema = documentOf('import', {
  dry_run: FLAG,
  would_upload: nullable(COUNT),
  differences: nullable(COUNTS),
  pushed: COUNTS,
  failed: COUNTS,
})
