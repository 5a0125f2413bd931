/** What `diff --json` prints. */
import {
  COUNT,
  COUNTS,
  type JsonSchema,
  linesOf,
  nullable,
  objectOf,
  oneOf,
  TEXT,
} from './shape.ts'

const SIDES = objectOf({ a: COUNT, b: COUNT })

const DIFFERENCE = objectOf(
  {
    type: { const: 'difference' },
    kind: oneOf('missing_in_a', 'missing_in_b', 'better_in_a', 'better_in_b', 'conflicting'),
    room_id: TEXT,
    session_id: TEXT,
    by: oneOf('index', 'origin'),
    first_message_index: objectOf({ a: nullable(COUNT), b: nullable(COUNT) }),
  },
  ['by'],
)

const INVALID = objectOf({
  type: { const: 'difference' },
  kind: oneOf('invalid_in_a', 'invalid_in_b'),
  room_id: TEXT,
  session_id: TEXT,
  reason: TEXT,
})

const FINISHED = objectOf({
  type: { const: 'finished' },
  roomkeys: { const: 1 },
  command: { const: 'diff' },
  a: TEXT,
  b: TEXT,
  read: SIDES,
  equal: COUNT,
  differences: COUNTS,
  malformed: SIDES,
})

/** A line: a difference, or the last one. */
export const schema: JsonSchema = linesOf('diff', DIFFERENCE, INVALID, FINISHED)
