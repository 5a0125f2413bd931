/** What `serve --json` prints once it listens. */
import { documentOf, type JsonSchema, nullable, TEXT } from './shape.ts'

/** The document. */
export const schema: JsonSchema = documentOf('serve', {
  url: TEXT,
  server_name: TEXT,
  user_id: nullable(TEXT),
})
