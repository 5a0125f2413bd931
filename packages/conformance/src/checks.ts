/**
 * Checks: each returns what it looked at, or throws `CheckFailed` with what was expected and what was
 * there.
 */
import { isJsonObject, type JsonObject } from '@roomkeys/types'
import type { Answer } from './answer.ts'
import { CheckFailed, NotApplicable } from './errors.ts'

const MAX_SHOWN = 200

/** A value in a message. */
function shown(value: unknown): string {
  // `undefined` and functions have no JSON.
  const text = (JSON.stringify(value) as string | undefined) ?? String(value)
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
}

/** Fails unless a condition holds. */
export function expectThat(condition: boolean, what: string, answer?: Answer): void {
  if (!condition) throw new CheckFailed(what, answer)
}

function sameObjects(a: JsonObject, b: JsonObject): boolean {
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]))
  )
}

/** Whether two JSON values are equal; the order of keys does not matter. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, i) => sameJson(item, b[i]))
  return isJsonObject(a) && isJsonObject(b) ? sameObjects(a, b) : a === b
}

/** Fails unless two JSON values are equal. */
export function expectEqual(actual: unknown, expected: unknown, what: string): void {
  if (sameJson(actual, expected)) return
  throw new CheckFailed(`${what}: expected ${shown(expected)}, got ${shown(actual)}`)
}

/** Fails when two JSON values are equal. */
export function expectDifferent(actual: unknown, other: unknown, what: string): void {
  if (sameJson(actual, other)) throw new CheckFailed(`${what}: both are ${shown(actual)}`)
}

/** Fails unless an answer has one of some statuses. */
export function expectStatus(answer: Answer, ...statuses: readonly number[]): Answer {
  if (statuses.includes(answer.status)) return answer
  throw new CheckFailed(`expected status ${statuses.join(' or ')}, got ${answer.status}`, answer)
}

function expectJsonType(answer: Answer): void {
  const type = answer.header('content-type')
  if (type !== null && /^application\/json\b/i.test(type)) return
  throw new CheckFailed(`expected Content-Type application/json, got ${shown(type)}`, answer)
}

/** The body of an answer that must be a JSON object. */
export function expectObject(answer: Answer): JsonObject {
  expectJsonType(answer)
  if (isJsonObject(answer.json)) return answer.json
  throw new CheckFailed('expected a JSON object as body', answer)
}

/** The body of an answer that must be a 200. */
export function expectOk(answer: Answer): JsonObject {
  return expectObject(expectStatus(answer, 200))
}

/** What a refusal may look like. */
export interface Refusal {
  readonly statuses: readonly number[]
  readonly errcodes: readonly string[]
}

/** No such version, or no such key in it. */
export const NOT_FOUND: Refusal = { statuses: [404], errcodes: ['M_NOT_FOUND'] }

/** A version that exists and is not the current one. */
export const WRONG_VERSION: Refusal = { statuses: [403], errcodes: ['M_WRONG_ROOM_KEYS_VERSION'] }

/** JSON whose content is wrong; the specification's two errcodes overlap. */
export const BAD_CONTENT: Refusal = {
  statuses: [400],
  errcodes: ['M_BAD_JSON', 'M_MISSING_PARAM', 'M_INVALID_PARAM'],
}

/** A body that is not JSON at all. */
export const NOT_JSON: Refusal = { statuses: [400], errcodes: ['M_NOT_JSON', 'M_BAD_JSON'] }

/** A value that is not acceptable. */
export const INVALID: Refusal = { statuses: [400], errcodes: ['M_INVALID_PARAM'] }

/** A path that names nothing. */
export const UNKNOWN_PATH: Refusal = { statuses: [404], errcodes: ['M_UNRECOGNIZED'] }

/** Fails unless an answer is a refusal of one kind, in the form that all refusals have. */
export function expectRefused(answer: Answer, { statuses, errcodes }: Refusal): JsonObject {
  const body = expectObject(expectStatus(answer, ...statuses))
  const { errcode, error } = body
  if (typeof errcode !== 'string' || !errcodes.includes(errcode))
    throw new CheckFailed(
      `expected errcode ${errcodes.join(' or ')}, got ${shown(errcode)}`,
      answer,
    )
  if (typeof error !== 'string') throw new CheckFailed('expected a string as "error"', answer)
  return body
}

/** Fails when the server takes a hostile request for a failure of its own. */
export function expectHandled(answer: Answer): Answer {
  if (answer.status < 500) return answer
  throw new CheckFailed(`expected no status of 500 or above, got ${answer.status}`, answer)
}

/** Ends a case without a verdict. */
export function notApplicable(reason: string): never {
  throw new NotApplicable(reason)
}

/** A string member of a JSON object. */
export function expectString(body: JsonObject, name: string): string {
  const value = body[name]
  if (typeof value === 'string') return value
  throw new CheckFailed(`expected a string as "${name}", got ${shown(value)}`)
}

/** An integer member of a JSON object. */
export function expectInteger(body: JsonObject, name: string): number {
  const value = body[name]
  if (typeof value === 'number' && Number.isInteger(value)) return value
  throw new CheckFailed(`expected an integer as "${name}", got ${shown(value)}`)
}

/** An object member of a JSON object. */
export function expectMember(body: JsonObject, name: string): JsonObject {
  const value = Object.hasOwn(body, name) ? body[name] : undefined
  if (isJsonObject(value)) return value
  throw new CheckFailed(`expected an object as "${name}", got ${shown(value)}`)
}
