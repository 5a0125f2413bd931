/** What every parser of the wire is held to, from one valid example and the list of its fields. */
import { expect } from 'vitest'
import { parseWire, WireShapeError } from '../src/errors.ts'
import type { JsonObject, WireSchema } from '../src/json.ts'

/** What a place holds. */
export type Kind = 'string' | 'boolean' | 'integer' | 'number' | 'object' | 'array' | 'literal'

/** A place in the example. */
export interface Field {
  readonly path: readonly string[]
  readonly kind: Kind
  readonly optional?: true
}

/** A schema with the text of a valid value that has every field, optional ones too. */
export interface Shape {
  readonly schema: WireSchema<unknown>
  readonly example: JsonObject
  readonly fields: readonly Field[]
}

/** One value of each type that JSON has, and numbers that are no integers of the wire. */
const SAMPLES: readonly unknown[] = JSON.parse(
  '[null, true, "", "1", 1, -1, 0.5, 9007199254740992, 1e400, [], ["a"], {}]',
) as readonly unknown[]

/** The type name that an error gives for a value. */
export function typeName(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

function holds(kind: Kind, value: unknown): boolean {
  if (kind === 'literal') return false
  if (kind === 'integer') return Number.isSafeInteger(value) && Number(value) >= 0
  if (kind === 'array') return Array.isArray(value)
  return typeName(value) === kind
}

/** The error that a schema throws for a value. */
export function shapeError(schema: WireSchema<unknown>, value: unknown): WireShapeError {
  try {
    parseWire(schema, value, 'value')
  } catch (error) {
    if (error instanceof WireShapeError) return error
    throw error
  }
  throw new TypeError('The value was accepted')
}

/** A deep copy of JSON, in which `__proto__` stays a key like any other. */
export function copyJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

/** A copy of an object in which one place is changed, or removed when the change is `undefined`. */
export function changed(
  example: JsonObject,
  path: readonly string[],
  value: unknown,
): Record<string, unknown> {
  const [key, ...rest] = path
  if (key === undefined) throw new TypeError('An empty path names no place')
  const members = Object.entries(example).filter(([name]) => name !== key)
  const inner = rest.length === 0 ? value : changed(example[key] as JsonObject, rest, value)
  if (inner !== undefined) members.push([key, inner])
  return Object.fromEntries(members)
}

/** A valid value comes back as the same object, through both ways to run a schema. */
export function expectAccepted(schema: WireSchema<unknown>, value: unknown): void {
  const before = JSON.stringify(value)
  expect(parseWire(schema, value, 'value')).toBe(value)
  const standard = schema['~standard'].validate(value)
  expect(standard).toHaveProperty('value')
  expect('value' in standard ? standard.value : undefined).toBe(value)
  expect(JSON.stringify(value)).toBe(before)
}

/** A broken value is refused at one place, through both ways to run a schema. */
export function expectRefused(
  schema: WireSchema<unknown>,
  value: unknown,
  at: { readonly path: string; readonly received: string },
): void {
  const error = shapeError(schema, value)
  expect(error.issues.map(({ path, received }) => ({ path, received }))).toContainEqual(at)
  expect(error.message).toContain(`${at.path || 'value'}: expected `)
  const standard = schema['~standard'].validate(value)
  expect(standard).toHaveProperty('issues')
}

/** Keys that a careless copy would lose or that would change the object's prototype. */
const HOSTILE_KEYS: JsonObject = JSON.parse(
  '{"__proto__": {"a": 1}, "constructor": "c", "prototype": [2], "toString": null, "": 0, "org.x": {}}',
) as JsonObject

/** An object with unknown keys in it is the same object afterwards, each key still its own. */
export function expectUnknownKeysKept({ schema, example }: Shape): void {
  const value = Object.fromEntries([...Object.entries(example), ...Object.entries(HOSTILE_KEYS)])
  expectAccepted(schema, value)
  for (const key of Object.keys(HOSTILE_KEYS)) expect(Object.hasOwn(value, key)).toBe(true)
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
}

/** Each field: left out, and as every type that it is not. */
export function expectFieldsChecked({ schema, example, fields }: Shape): void {
  for (const { path, kind, optional } of fields) {
    const without = changed(example, path, undefined)
    if (optional === true) expectAccepted(schema, without)
    else expectRefused(schema, without, { path: path.join('.'), received: 'undefined' })
    for (const sample of SAMPLES) {
      if (holds(kind, sample)) continue
      expectRefused(schema, changed(example, path, sample), {
        path: path.join('.'),
        received: typeName(sample),
      })
    }
  }
}

/** Everything that is no object is refused at the root. */
export function expectObjectsOnly({ schema }: Shape): void {
  for (const sample of SAMPLES)
    if (typeName(sample) !== 'object')
      expectRefused(schema, sample, { path: '', received: typeName(sample) })
  expectRefused(schema, undefined, { path: '', received: 'undefined' })
}

/** All of the above. */
export function expectShape(shape: Shape): void {
  expectAccepted(shape.schema, copyJson(shape.example))
  expectUnknownKeysKept(shape)
  expectFieldsChecked(shape)
  expectObjectsOnly(shape)
}
