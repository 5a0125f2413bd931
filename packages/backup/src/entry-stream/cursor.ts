/** Bytes that come in pieces, and a place in them. What lies before the place is forgotten. */
import { type Bytes, joinBytes } from '@roomkeys/crypto/bytes'

/** Yielded where the bytes at hand do not suffice. */
export const MORE: unique symbol = Symbol('more')

/** A step that may need more bytes before it returns. */
export type Step<T> = Generator<typeof MORE, T, undefined>

/** The most bytes that are kept; an entry has about a thousand. */
export const MAX_KEPT_LENGTH: number = 2 ** 20

/** A place in bytes that come in pieces. */
export interface Cursor {
  bytes: Bytes
  at: number
  /** Bytes that are forgotten: as many came before the first at hand. */
  forgotten: number
  /** Where what is being kept begins, or `null` when nothing is, or when it became too long. */
  mark: number | null
  /** Whether no more bytes come. */
  ended: boolean
}

/** A cursor before the first piece. */
export function createCursor(): Cursor {
  return { bytes: new Uint8Array(), at: 0, forgotten: 0, mark: null, ended: false }
}

/** Adds a piece. What is neither kept nor ahead goes. */
export function feed(cursor: Cursor, piece: Bytes): void {
  if (cursor.mark !== null && cursor.at - cursor.mark > MAX_KEPT_LENGTH) cursor.mark = null
  const from = cursor.mark ?? cursor.at
  const rest = cursor.bytes.subarray(from)
  cursor.bytes = rest.length === 0 ? piece : joinBytes([rest, piece])
  cursor.at -= from
  cursor.forgotten += from
  if (cursor.mark !== null) cursor.mark = 0
}

/** The byte at the place, or `null` at the end. */
export function* peek(cursor: Cursor): Step<number | null> {
  for (;;) {
    const byte = cursor.bytes[cursor.at]
    if (byte !== undefined) return byte
    if (cursor.ended) return null
    yield MORE
  }
}

/** Ends the keeping: what was kept, or `null` when it became too long. */
function kept(cursor: Cursor): Bytes | null {
  const { bytes, mark, at } = cursor
  cursor.mark = null
  return mark === null || at - mark > MAX_KEPT_LENGTH ? null : bytes.subarray(mark, at)
}

/** Keeps what a step goes over: its result, and the bytes, or `null` when they are too many. */
export function* keep<T>(
  cursor: Cursor,
  step: Step<T>,
): Step<{ readonly result: T; readonly bytes: Bytes | null }> {
  cursor.mark = cursor.at
  const result = yield* step
  return { result, bytes: kept(cursor) }
}
