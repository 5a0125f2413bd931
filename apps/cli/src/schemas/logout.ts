/** What `logout --json` prints. */
import { documentOf, FLAG, type JsonSchema, TEXT } from './shape.ts'

/** The document. */
export const schema: JsonSchema = documentOf('logout', { user_id: TEXT, server_told: FLAG })
