/** What `key generate --json` prints. */
import { documentOf, type JsonSchema, nullable, TEXT } from './shape.ts'

/** The document. `secret` is there with `--stdout` alone. */
export const schema: JsonSchema = documentOf(
  'key generate',
  { public_key: TEXT, output: nullable(TEXT), secret: TEXT },
  ['secret'],
)
