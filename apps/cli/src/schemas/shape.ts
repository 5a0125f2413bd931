/** JSON Schema in few words. */

/** A schema. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** Any text. */
export const TEXT: JsonSchema = { type: 'string' }
/** A count, or an index. */
export const COUNT: JsonSchema = { type: 'integer', minimum: 0 }
/** Yes or no. */
export const FLAG: JsonSchema = { type: 'boolean' }
/** An object with any members: JSON of others. */
export const ANY_OBJECT: JsonSchema = { type: 'object' }
/** Counts by name. */
export const COUNTS: JsonSchema = { type: 'object', additionalProperties: COUNT }

/** One of these texts. */
export function oneOf(...texts: readonly string[]): JsonSchema {
  return { enum: texts }
}

/** The value, or `null`. */
export function nullable(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, { type: 'null' }] }
}

/** A list of values. */
export function listOf(items: JsonSchema): JsonSchema {
  return { type: 'array', items }
}

/** An object with these members, and no others; all are there unless named as optional. */
export function objectOf(
  properties: Readonly<Record<string, JsonSchema>>,
  optional: readonly string[] = [],
): JsonSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name))
  return { type: 'object', properties, required, additionalProperties: false }
}

const DIALECT = 'https://json-schema.org/draft/2020-12/schema'

/** The one document that a command prints with `--json`. */
export function documentOf(
  command: string,
  properties: Readonly<Record<string, JsonSchema>>,
  optional: readonly string[] = [],
): JsonSchema {
  const head = { roomkeys: { const: 1 }, command: { const: command } }
  const shape = objectOf({ ...head, ...properties }, optional)
  return { $schema: DIALECT, title: `roomkeys ${command}`, ...shape }
}

/** The lines that a command prints, each one of these. */
export function linesOf(command: string, ...lines: readonly JsonSchema[]): JsonSchema {
  return { $schema: DIALECT, title: `A line of roomkeys ${command}`, oneOf: lines }
}
