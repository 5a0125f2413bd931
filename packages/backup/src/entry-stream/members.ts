/** The members of objects that come in pieces, and the entries among them. */
import { type Bytes, CryptoError, fromUtf8 } from '@roomkeys/crypto/bytes'
import type { BackupEntry } from '../entry.ts'
import { type Cursor, keep, type MORE, type Step } from './cursor.ts'
import { expect, malformedKeys, nextByte, skipString, skipValue } from './scan.ts'

/** How deep an entry may be nested; one is three deep. */
export const MAX_ENTRY_DEPTH = 100

const CLOSE_OBJECT = '}'.charCodeAt(0)
const QUOTE = '"'.charCodeAt(0)

/** Goes on through the bytes and yields the entries in them. */
export type Reading = Generator<typeof MORE | BackupEntry, void, undefined>

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
  if ((yield* nextByte(cursor)) !== QUOTE) throw malformedKeys('a name is no string')
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
  yield* nextByte(cursor)
  const { result: depth, bytes } = yield* keep(cursor, skipValue(cursor))
  return bytes === null || depth > MAX_ENTRY_DEPTH ? undefined : parse(bytes)
}

/** Goes through the members of an object; `read` reads the value of each. */
export function* readMembers(cursor: Cursor, read: (name: string) => Reading): Reading {
  yield* expect(cursor, '{')
  if ((yield* nextByte(cursor)) === CLOSE_OBJECT) {
    cursor.at += 1
    return
  }
  do yield* read(yield* readName(cursor))
  while ((yield* expect(cursor, ',}')) === ',')
}

/** Reads the one member of an object that is wanted, and steps over the others. */
export function* readMember(cursor: Cursor, wanted: string, read: () => Reading): Reading {
  let found = 0
  yield* readMembers(cursor, function* (name) {
    if (name === wanted) {
      found += 1
      yield* read()
    } else yield* skipValue(cursor)
  })
  if (found === 0) throw malformedKeys(`an object has no ${wanted}`)
}
