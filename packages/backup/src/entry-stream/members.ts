/** The members of objects that come in pieces, and what is read from their values. */
import { type Bytes, CryptoError, fromUtf8 } from '@roomkeys/crypto/bytes'
import { type Cursor, keep, type MORE, type Step } from './cursor.ts'
import { byteAtHand, expect, malformedKeys, nextByte, skipString, skipValue } from './scan.ts'

/** How deep an entry may be nested; one is three deep. */
export const MAX_ENTRY_DEPTH = 100

const CLOSE_OBJECT = '}'.charCodeAt(0)
const QUOTE = '"'.charCodeAt(0)

/** Goes on through the bytes and yields what is found in them. */
export type Reading<T> = Generator<typeof MORE | T, void, undefined>

/** Reads the value of the member of this name. */
export type ReadMember<T> = (name: string) => Reading<T>

/** What the bytes say, or `undefined` when they are no JSON. */
function parse(bytes: Bytes): unknown {
  try {
    return JSON.parse(fromUtf8(bytes))
  } catch (error) {
    // Not kept as a cause: the platform quotes the text.
    if (error instanceof SyntaxError || error instanceof CryptoError) return undefined
    throw error
  }
}

/** Reads the name of a member and steps over its colon. */
function* readName(cursor: Cursor): Step<string> {
  if ((byteAtHand(cursor) ?? (yield* nextByte(cursor))) !== QUOTE)
    throw malformedKeys('a name is no string')
  const { bytes } = yield* keep(cursor, skipString(cursor))
  const name = bytes === null ? undefined : parse(bytes)
  if (typeof name !== 'string') throw malformedKeys('a name cannot be read')
  yield* expect(cursor, ':')
  return name
}

/**
 * Reads the value of an entry. One that is no JSON, too long or too deep is `undefined`, which is no
 * entry to whoever opens it: it costs no other.
 */
export function* readValue(cursor: Cursor): Step<unknown> {
  if (byteAtHand(cursor) === null) yield* nextByte(cursor)
  const { result: depth, bytes } = yield* keep(cursor, skipValue(cursor))
  return bytes === null || depth > MAX_ENTRY_DEPTH ? undefined : parse(bytes)
}

/** Goes through the members of an object; `read` reads the value of each. */
export function* readMembers<T>(cursor: Cursor, read: ReadMember<T>): Reading<T> {
  yield* expect(cursor, '{')
  if ((byteAtHand(cursor) ?? (yield* nextByte(cursor))) === CLOSE_OBJECT) {
    cursor.at += 1
    return
  }
  do yield* read(yield* readName(cursor))
  while ((yield* expect(cursor, ',}')) === ',')
}

/** Reads the one member of an object that is wanted, and steps over the others. */
export function* readMember<T>(cursor: Cursor, wanted: string, read: () => Reading<T>): Reading<T> {
  let found = 0
  yield* readMembers(cursor, function* (name) {
    if (name === wanted) {
      found += 1
      yield* read()
    } else yield* skipValue(cursor)
  })
  if (found === 0) throw malformedKeys(`an object has no ${wanted}`)
}
