/** What `key inspect --json` prints. */
import { IDENTITY } from './identity.ts'
import { documentOf, type JsonSchema, nullable, TEXT } from './shape.ts'

/** The document. `identity` is `null` with `--offline`. */
export const schema: JsonSchema = documentOf('key inspect', {
  public_key: TEXT,
  identity: nullable(IDENTITY),
})
