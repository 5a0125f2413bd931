/** What `conformance --json` prints. */
import {
  ANY_OBJECT,
  COUNT,
  documentOf,
  type JsonSchema,
  listOf,
  nullable,
  objectOf,
  oneOf,
  TEXT,
} from './shape.ts'

const SEVERITY = oneOf('must', 'should', 'ours')
const TOTALS = objectOf({ passed: COUNT, failed: COUNT, not_applicable: COUNT, error: COUNT })
const CASE = { id: TEXT, severity: SEVERITY, title: TEXT, source: TEXT, operations: listOf(TEXT) }
const RESULT = objectOf(
  {
    ...CASE,
    status: oneOf('passed', 'failed', 'not_applicable', 'error'),
    detail: TEXT,
    exchange: ANY_OBJECT,
    knownDifference: TEXT,
    leftBehind: listOf(TEXT),
    milliseconds: { type: 'number' },
  },
  ['detail', 'exchange', 'knownDifference', 'leftBehind'],
)

/** The document of a run. `results` is `null` when the report went into a file. */
const RUN = documentOf('conformance', {
  outcome: oneOf('as_expected', 'unexpected', 'incomplete'),
  seed: COUNT,
  totals: objectOf({ must: TOTALS, should: TOTALS, ours: TOTALS }),
  results: nullable(listOf(RESULT)),
  output: nullable(TEXT),
})

/** The document of `--list`. */
const LIST = documentOf('conformance', { cases: listOf(objectOf(CASE)) })

/** Either of them. */
export const schema: JsonSchema = { title: 'roomkeys conformance', oneOf: [RUN, LIST] }
