/** What `login --json` prints. */
import { documentOf, type JsonSchema, nullable, TEXT } from './shape.ts'

/** The document. */
export const schema: JsonSchema = documentOf('login', {
  user_id: TEXT,
  device_id: nullable(TEXT),
  homeserver: TEXT,
  credentials_file: TEXT,
})
