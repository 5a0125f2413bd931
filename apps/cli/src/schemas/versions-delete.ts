/** What `versions delete --json` prints. */
import { COUNT, documentOf, FLAG, type JsonSchema, nullable, TEXT } from './shape.ts'

/** The document. `count` is `null` when the version could not be read. */
export const schema: JsonSchema = documentOf('versions delete', {
  version: TEXT,
  count: nullable(COUNT),
  was_current: FLAG,
  deleted: FLAG,
})
