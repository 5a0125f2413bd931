/** What `secret get --json` prints. */
import { documentOf, type JsonSchema, nullable, TEXT } from './shape.ts'

/** The document. `secret` is there with `--stdout` alone. */
export const schema: JsonSchema = documentOf(
  'secret get',
  { name: TEXT, key_id: TEXT, output: nullable(TEXT), secret: TEXT },
  ['secret'],
)
