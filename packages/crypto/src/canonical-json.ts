/**
 * Canonical JSON: the one byte string that an object is signed as.
 *
 * Keys are sorted by code point, there is no white space, and numbers are integers within
 * ±(2^53 − 1).
 *
 * @see https://spec.matrix.org/v1.19/appendices/#canonical-json
 */
import { type Bytes, utf8 } from './bytes.ts'
import { CryptoError } from './errors.ts'

/** The deepest nesting that is canonicalised; signed objects of Matrix stay below ten. */
export const MAX_JSON_DEPTH = 128

function refuse(what: string): never {
  throw new CryptoError('not_canonical_json', `Canonical JSON cannot hold ${what}`)
}

/** Sorts surrogates after U+E000 to U+FFFF, as their code points are. */
function codePointRank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}

function compareByCodePoint(a: string, b: string): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const difference = codePointRank(a.charCodeAt(i)) - codePointRank(b.charCodeAt(i))
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

function encodeString(text: string): string {
  return /\p{Surrogate}/u.test(text) ? refuse('a lone surrogate') : JSON.stringify(text)
}

function encodeNumber(number: number): string {
  if (!Number.isSafeInteger(number) || Object.is(number, -0))
    refuse('a number other than an integer within ±(2^53 − 1)')
  return String(number)
}

/** Whether no class stands behind an object. Another realm has another `Object.prototype`. */
function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function encodeObject(object: object, depth: number): string {
  if (!isPlain(object)) refuse('anything but plain objects')
  const members = Object.entries(object)
    .sort(([a], [b]) => compareByCodePoint(a, b))
    .map(([key, value]) => `${encodeString(key)}:${encodeValue(value, depth + 1)}`)
  return `{${members.join(',')}}`
}

function encodeValue(value: unknown, depth: number): string {
  if (depth > MAX_JSON_DEPTH) refuse(`more than ${MAX_JSON_DEPTH} levels here`)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return encodeString(value)
  if (typeof value === 'number') return encodeNumber(value)
  if (Array.isArray(value))
    // Unlike map, Array.from visits holes: they are undefined, and refused.
    return `[${Array.from(value, (item: unknown) => encodeValue(item, depth + 1)).join(',')}]`
  return typeof value === 'object' ? encodeObject(value, depth) : refuse(`a ${typeof value}`)
}

/**
 * The canonical JSON text of a value.
 *
 * @throws CryptoError `not_canonical_json` for fractions, −0, `undefined`, lone surrogates, objects
 * that are not plain, and nesting past {@link MAX_JSON_DEPTH}
 */
export function canonicalJson(value: unknown): string {
  return encodeValue(value, 0)
}

/** The bytes of {@link canonicalJson}: what is signed. */
export function canonicalJsonBytes(value: unknown): Bytes {
  return utf8(canonicalJson(value))
}
