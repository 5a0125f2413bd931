/**
 * JSON as it came over the wire.
 *
 * Signatures cover every field of an object, known or not, so a parser here never rebuilds what it
 * checks: it asserts in place and hands the same object on. Maps keyed by a server are read by their
 * own properties alone, because `__proto__` and `constructor` are legal session ids.
 */
import * as v from 'valibot'

/** A JSON object; unknown keys are kept. */
export type JsonObject = Readonly<Record<string, unknown>>

/** A parser of the wire: a valibot schema, and so also a Standard Schema value. */
export type WireSchema<T> = v.GenericSchema<unknown, T>

/** Whether a value is an object that is neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The type of a value, never the value: issues end up in messages, and values may be secret. */
function typeName(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

type IssueInfo = v.RawTransformIssueInfo<unknown>

function pathOf(items: readonly v.IssuePathItem[]): Pick<IssueInfo, 'path'> {
  const [first, ...rest] = items
  return first === undefined ? {} : { path: [first, ...rest] }
}

/** An issue without the value in it, placed below the given path. */
function withoutValue(
  issue: v.BaseIssue<unknown>,
  ...under: readonly v.IssuePathItem[]
): IssueInfo {
  const path = pathOf([...under, ...(issue.path ?? [])])
  // An inner parser has already said it without the value.
  if (issue.type === 'raw_transform')
    return { message: issue.message, received: issue.received, ...path }
  // Checks that no type name describes carry what they expect as their message.
  const described = issue.kind === 'schema' && issue.type !== 'custom' ? issue.expected : null
  const received = typeName(issue.input)
  return {
    message: `expected ${described ?? issue.message}, received ${received}`,
    received,
    ...path,
  }
}

/** valibot's object schemas take arrays, and one whose keys are all optional takes any. */
function isArrayForObject(shape: WireSchema<unknown>, value: unknown): boolean {
  return shape.type === 'loose_object' && Array.isArray(value)
}

/** Checks a value against a shape and returns the value itself, unknown keys included. */
export function inPlace<T>(shape: WireSchema<T>): WireSchema<T> {
  return v.pipe(
    v.unknown(),
    v.rawTransform<unknown, T>((context) => {
      const { value } = context.dataset
      if (isArrayForObject(shape, value)) {
        context.addIssue({ message: 'expected Object, received array', received: 'array' })
        return context.NEVER
      }
      const result = v.safeParse(shape, value)
      // The shape has just been checked; the original is kept because a copy could lose keys.
      if (result.success) return value as T
      for (const issue of result.issues) context.addIssue(withoutValue(issue))
      return context.NEVER
    }),
  )
}

/** A map keyed by strings that a server or a user chose: each own value is checked in place. */
export function mapOf<T>(values: WireSchema<T>): WireSchema<Readonly<Record<string, T>>> {
  return v.pipe(
    v.custom<JsonObject>(isJsonObject, 'object'),
    v.rawTransform<JsonObject, Readonly<Record<string, T>>>((context) => {
      const map = context.dataset.value
      for (const [key, value] of Object.entries(map)) {
        const result = v.safeParse(values, value)
        if (result.success) continue
        const item = { type: 'object', origin: 'value', input: { ...map }, key, value } as const
        for (const issue of result.issues) context.addIssue(withoutValue(issue, item))
        return context.NEVER
      }
      // Each value was checked above; the map itself keeps keys that a copy would drop.
      return map as Readonly<Record<string, T>>
    }),
  )
}

/** Any JSON object, kept whole. */
export const jsonObjectSchema: WireSchema<JsonObject> = inPlace(
  v.custom<JsonObject>(isJsonObject, 'object'),
)

/** A count or an index: an integer from 0 to 2^53 − 1. */
export const wireIntegerSchema: WireSchema<number> = inPlace(
  v.pipe(v.number(), v.safeInteger('integer'), v.minValue(0, 'integer from 0')),
)
