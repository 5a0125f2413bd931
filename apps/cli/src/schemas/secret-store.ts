/** What `secret store --json` prints. */
import { documentOf, FLAG, type JsonSchema, TEXT } from './shape.ts'

/** The document. `was_there`: the same value was stored already. */
export const schema: JsonSchema = documentOf('secret store', {
  name: TEXT,
  key_id: TEXT,
  stored: FLAG,
  was_there: FLAG,
})
