/**
 * Steps over JSON, by its strings and brackets. What is wrong inside a value, `JSON.parse` says when
 * the value is parsed.
 */
import type { Bytes } from '@roomkeys/crypto/bytes'
import { BackupError } from '../errors.ts'
import { type Cursor, peek, type Step } from './cursor.ts'

const code = (character: string): number => character.charCodeAt(0)
const QUOTE = code('"')
const BACKSLASH = code('\\')
const OPEN_OBJECT = code('{')
const OPEN_ARRAY = code('[')
const CLOSE_OBJECT = code('}')
const CLOSE_ARRAY = code(']')
/** The white space of JSON, which is less than that of JavaScript. */
const SPACES: readonly number[] = [0x20, 0x0a, 0x0d, 0x09]
/** What ends a number, `true`, `false` or `null`. */
const ENDS: readonly number[] = [...SPACES, code(','), code('}'), code(']')]

/** The answer is not what the specification says; nothing of it is quoted. */
export function malformedKeys(why: string): BackupError {
  return new BackupError('malformed_keys', `These are not the keys of a backup: ${why}`)
}

/** The byte at the place, where it is at hand and no white space; most are, and need no generator. */
export function byteAtHand({ bytes, at }: Cursor): number | null {
  const byte = bytes[at]
  return byte === undefined || SPACES.includes(byte) ? null : byte
}

/** The next byte that is no white space; the place is before it. */
export function* nextByte(cursor: Cursor): Step<number> {
  for (;;) {
    const byte = yield* peek(cursor)
    if (byte === null) throw malformedKeys('they break off')
    if (!SPACES.includes(byte)) return byte
    cursor.at += 1
  }
}

/** Checks that nothing but white space is left. */
export function* expectEnd(cursor: Cursor): Step<void> {
  for (;;) {
    const byte = yield* peek(cursor)
    if (byte === null) return
    if (!SPACES.includes(byte)) throw malformedKeys('something follows them')
    cursor.at += 1
  }
}

/** Steps over one of these characters. */
export function* expect(cursor: Cursor, characters: string): Step<string> {
  const character = String.fromCharCode(byteAtHand(cursor) ?? (yield* nextByte(cursor)))
  if (!characters.includes(character)) throw malformedKeys(`no ${characters} where one is due`)
  cursor.at += 1
  return character
}

/** Whether what begins unescaped at `from` leaves the byte at `end` escaped. */
function leavesEscaped(bytes: Bytes, from: number, end: number): boolean {
  let first = end
  while (first > from && bytes[first - 1] === BACKSLASH) first -= 1
  return (end - first) % 2 === 1
}

/** Steps over a string that is at hand and escapes nothing at its end; false where it is not so. */
function skipStringAtHand(cursor: Cursor): boolean {
  const quote = cursor.bytes.indexOf(QUOTE, cursor.at + 1)
  if (quote < 0 || cursor.bytes[quote - 1] === BACKSLASH) return false
  cursor.at = quote + 1
  return true
}

/** Steps over a string that begins at the place. */
export function* skipString(cursor: Cursor): Step<void> {
  if (skipStringAtHand(cursor)) return
  cursor.at += 1
  for (;;) {
    if ((yield* peek(cursor)) === null) throw malformedKeys('they break off')
    const { bytes, at } = cursor
    const quote = bytes.indexOf(QUOTE, at)
    const end = quote < 0 ? bytes.length : quote
    const escaped = leavesEscaped(bytes, at, end)
    if (quote >= 0 && !escaped) {
      cursor.at = quote + 1
      return
    }
    // What is escaped is stepped over, be it this quote or the first byte of the next piece.
    cursor.at = end
    if (escaped && (yield* peek(cursor)) !== null) cursor.at += 1
  }
}

/** Steps over a number, `true`, `false` or `null`. */
function* skipScalar(cursor: Cursor): Step<void> {
  for (;;) {
    const byte = yield* peek(cursor)
    if (byte === null || ENDS.includes(byte)) return
    cursor.at += 1
  }
}

function isOpening(byte: number): boolean {
  return byte === OPEN_OBJECT || byte === OPEN_ARRAY
}

function isClosing(byte: number): boolean {
  return byte === CLOSE_OBJECT || byte === CLOSE_ARRAY
}

/**
 * Steps over an array or an object, and tells how deep it is. A generator for each byte would cost more
 * than all the rest of reading: one is made only where the bytes at hand end.
 */
function* skipNested(cursor: Cursor): Step<number> {
  let depth = 0
  let deepest = 0
  do {
    const byte = cursor.bytes[cursor.at] ?? (yield* nextByte(cursor))
    if (byte === QUOTE) {
      if (!skipStringAtHand(cursor)) yield* skipString(cursor)
      continue
    }
    cursor.at += 1
    if (isOpening(byte)) depth += 1
    else if (isClosing(byte)) depth -= 1
    deepest = Math.max(deepest, depth)
  } while (depth > 0)
  return deepest
}

/** Steps over a value, and tells how deep its arrays and objects are nested. */
export function* skipValue(cursor: Cursor): Step<number> {
  const byte = byteAtHand(cursor) ?? (yield* nextByte(cursor))
  if (isOpening(byte)) return yield* skipNested(cursor)
  if (byte === QUOTE) yield* skipString(cursor)
  else yield* skipScalar(cursor)
  return 0
}
