/** What `versions show --json` prints. */
import { documentOf, type JsonSchema } from './shape.ts'
import { VERSION } from './version.ts'

/** The document. */
export const schema: JsonSchema = documentOf('versions show', { version: VERSION })
