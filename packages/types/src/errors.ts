/** The one error of this package: a value that does not have the shape the specification gives. */
import * as v from 'valibot'
import type { WireSchema } from './json.ts'

/** Where a value departs from its shape. Holds type names and no values: those may be secret. */
export interface ShapeIssue {
  /** Keys from the root to the place, joined by dots; empty for the root. */
  readonly path: string
  /** What was expected there, and the type of what was found. */
  readonly message: string
  /** The type of what was found; `undefined` when the place is missing. */
  readonly received: string
}

/** Keys are chosen by whoever sent the value; a message shows no more of them than this. */
const MAX_PLACES_SHOWN = 3
const MAX_PATH_SHOWN = 200

/** A value from the wire does not have its shape. */
export class WireShapeError extends Error {
  override readonly name = 'WireShapeError'
  readonly code = 'shape'
  /** Asking again gives the same answer. */
  readonly retryable = false
  /** Every departure that was found, in order. */
  readonly issues: readonly ShapeIssue[]

  constructor(what: string, issues: readonly ShapeIssue[]) {
    const places = issues
      .slice(0, MAX_PLACES_SHOWN)
      .map(({ path, message }) => `${path.slice(0, MAX_PATH_SHOWN) || 'value'}: ${message}`)
    super(`${what} does not have the expected shape: ${places.join('; ')}`)
    this.issues = issues
  }
}

/**
 * Parses a value from the wire.
 *
 * @param what - how to name the value in an error, e.g. "backup version"
 * @throws {@link WireShapeError} when the value departs from the schema
 */
export function parseWire<T>(schema: WireSchema<T>, value: unknown, what: string): T {
  const result = v.safeParse(schema, value)
  if (result.success) return result.output
  throw new WireShapeError(
    what,
    result.issues.map((issue) => ({
      path: v.getDotPath(issue) ?? '',
      message: issue.message,
      received: issue.received,
    })),
  )
}
