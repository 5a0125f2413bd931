/**
 * Finds the elements of a JSON array that comes in pieces, so that each can be parsed on its own.
 *
 * Only strings and brackets are followed: whatever is wrong inside an element, `JSON.parse` says when
 * it is parsed, and nothing between the elements is left out. So the array is read here exactly when
 * `JSON.parse` reads it whole, but for the limits.
 */
import { type Bytes, joinBytes } from '@roomkeys/crypto/bytes'
import { malformedContent } from './content.ts'

/** The longest entry that is read from a stream, in bytes; a session has about a thousand. */
export const MAX_ENTRY_LENGTH: number = 2 ** 20
/** How deep the arrays and objects of an entry may be nested; those of a session are two deep. */
export const MAX_ENTRY_DEPTH = 100

/** The bytes of an element, or the limit that it breaks. */
export type Element = Bytes | 'too_long' | 'too_deep'

/** Takes the text of an array in pieces. */
export interface ArraySplitter {
  /**
   * The elements that this piece completes.
   *
   * @throws KeyExportError `malformed_content` for anything outside the array
   */
  readonly push: (bytes: Bytes) => readonly Element[]
  /**
   * Checks the end.
   *
   * @throws KeyExportError `malformed_content` when the array is not closed
   */
  readonly end: () => void
}

const code = (character: string): number => character.charCodeAt(0)
const QUOTE = code('"')
const BACKSLASH = code('\\')
const COMMA = code(',')
const OPEN_ARRAY = code('[')
const CLOSE_ARRAY = code(']')
const OPEN_OBJECT = code('{')
const CLOSE_OBJECT = code('}')

/** The white space of JSON, which is less than that of JavaScript. */
function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

/** An element in the making. */
interface Collected {
  parts: Bytes[]
  length: number
  fault: 'too_long' | 'too_deep' | null
}

function collect(collected: Collected, bytes: Bytes): void {
  collected.length += bytes.length
  if (collected.length > MAX_ENTRY_LENGTH) collected.fault ??= 'too_long'
  if (collected.fault === null) collected.parts.push(bytes)
  else collected.parts = []
}

function completed(collected: Collected): Element {
  return collected.fault ?? joinBytes(collected.parts)
}

/** Where in the text the splitter is. */
interface Place {
  phase: 'before' | 'inside' | 'after'
  depth: number
  inString: boolean
  escaped: boolean
  /** Commas so far. */
  separators: number
}

/** Follows a byte of a string. */
function stepInString(place: Place, byte: number): void {
  if (place.escaped) place.escaped = false
  else if (byte === BACKSLASH) place.escaped = true
  else if (byte === QUOTE) place.inString = false
}

/** Follows a byte of an element outside strings; whether an element ends before it. */
function endsElement(place: Place, byte: number): boolean {
  switch (byte) {
    case QUOTE:
      place.inString = true
      return false
    case OPEN_ARRAY:
    case OPEN_OBJECT:
      place.depth += 1
      return false
    case CLOSE_ARRAY:
      if (place.depth === 0) return true
      place.depth -= 1
      return false
    case CLOSE_OBJECT:
      place.depth -= 1
      return false
    default:
      return byte === COMMA && place.depth === 0
  }
}

/** Follows a byte outside the array. */
function stepOutside(place: Place, byte: number): void {
  if (isSpace(byte)) return
  if (place.phase === 'after' || byte !== OPEN_ARRAY) throw malformedContent()
  place.phase = 'inside'
}

/** Whether what stands before the closing bracket is no element: the array is empty. */
function isEmptyArray(place: Place, element: Element): boolean {
  return place.separators === 0 && typeof element !== 'string' && element.every(isSpace)
}

function fresh(): Collected {
  return { parts: [], length: 0, fault: null }
}

/** Begins an array. */
export function createArraySplitter(): ArraySplitter {
  const place: Place = { phase: 'before', depth: 0, inString: false, escaped: false, separators: 0 }
  let collected = fresh()

  const complete = (byte: number): readonly Element[] => {
    const element = completed(collected)
    collected = fresh()
    if (byte === COMMA) {
      place.separators += 1
      return [element]
    }
    place.phase = 'after'
    return isEmptyArray(place, element) ? [] : [element]
  }

  const push = (bytes: Bytes): readonly Element[] => {
    const elements: Element[] = []
    let from = 0
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i] ?? 0
      if (place.inString) stepInString(place, byte)
      else if (place.phase !== 'inside') {
        stepOutside(place, byte)
        from = i + 1
      } else if (endsElement(place, byte)) {
        collect(collected, bytes.slice(from, i))
        elements.push(...complete(byte))
        from = i + 1
      } else if (place.depth > MAX_ENTRY_DEPTH) collected.fault ??= 'too_deep'
    }
    collect(collected, bytes.slice(from))
    return elements
  }

  const end = (): void => {
    if (place.phase !== 'after') throw malformedContent()
  }

  return { push, end }
}
