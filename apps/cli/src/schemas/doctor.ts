/** What `doctor --json` prints. */
import { ANY_OBJECT, documentOf, type JsonSchema, listOf, objectOf, oneOf, TEXT } from './shape.ts'

const FINDING = objectOf({
  code: TEXT,
  severity: oneOf('error', 'warning', 'info'),
  text: TEXT,
  evidence: ANY_OBJECT,
  fix: { type: 'object', properties: { action: TEXT }, required: ['action'] },
  run: TEXT,
})

/** The document. `evidence` has the facts of its code. */
export const schema: JsonSchema = documentOf('doctor', { findings: listOf(FINDING) })
