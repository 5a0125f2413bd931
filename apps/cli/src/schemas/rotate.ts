/** What `rotate --json` prints. */
import { rotationDocument } from './rotation.ts'
import type { JsonSchema } from './shape.ts'

/** The document. */
export const schema: JsonSchema = rotationDocument('rotate')
