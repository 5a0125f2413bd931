/** What `attachment decrypt --json` prints. */
import { COUNT, documentOf, type JsonSchema, TEXT } from './shape.ts'

/** The document. */
export const schema: JsonSchema = documentOf('attachment decrypt', { output: TEXT, bytes: COUNT })
