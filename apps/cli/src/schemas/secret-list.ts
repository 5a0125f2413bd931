/** What `secret list --json` prints. */
import { documentOf, type JsonSchema, listOf, nullable, objectOf, TEXT } from './shape.ts'

/** The document. */
export const schema: JsonSchema = documentOf('secret list', {
  default_key_id: nullable(TEXT),
  secrets: listOf(objectOf({ name: TEXT, key_ids: listOf(TEXT) })),
})
