/** Test vectors that other implementations made, as raw JSON. */
import { readFileSync } from 'node:fs'
import { isJsonObject, type JsonObject } from '../src/json.ts'

/** A file of the vectors folder. */
export function vectorFile(name: string): JsonObject {
  const parsed: unknown = JSON.parse(
    readFileSync(new URL(`../../../vectors/${name}`, import.meta.url), 'utf8'),
  )
  return objectIn(parsed)
}

/** An object inside a vector, found by its keys. */
export function objectIn(value: unknown, ...keys: readonly string[]): JsonObject {
  const found = keys.reduce<unknown>(
    (inner, key) => (isJsonObject(inner) ? inner[key] : undefined),
    value,
  )
  if (!isJsonObject(found)) throw new TypeError(`The vector has no object at ${keys.join('.')}`)
  return found
}
