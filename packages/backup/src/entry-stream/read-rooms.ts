/** Rooms as their bytes arrive, and as they came: what is damaged in an entry stays so. */
import { type RoomId, roomId } from '@roomkeys/types'
import { type Cursor, MORE } from './cursor.ts'
import type { Reading } from './members.ts'
import { run } from './run.ts'
import { byteAtHand, nextByte, skipValue } from './scan.ts'
import { readRooms, readSessions } from './shape.ts'

/** What comes of a backup, room by room, in this order. */
export type RoomPart =
  /** A room begins. */
  | { readonly type: 'room'; readonly roomId: RoomId }
  /** The next bytes of its value, which is an object with `sessions`. */
  | { readonly type: 'bytes'; readonly bytes: Uint8Array }
  /** It is whole. `offset`: bytes of the backup up to here. `entries`: sessions of this room. */
  | { readonly type: 'end'; readonly offset: number; readonly entries: number }

/** Hands on the bytes that a reading goes over, each time that it needs more. */
function* handOn(cursor: Cursor, reading: Reading<never>): Reading<RoomPart> {
  for (;;) {
    const from = cursor.at
    const { done } = reading.next()
    if (cursor.at > from) yield { type: 'bytes', bytes: cursor.bytes.subarray(from, cursor.at) }
    if (done === true) return
    yield MORE
  }
}

function* readRoom(cursor: Cursor, id: string): Reading<RoomPart> {
  yield { type: 'room', roomId: roomId(id) }
  let entries = 0
  const sessions = readSessions<never>(cursor, function* () {
    entries += 1
    yield* skipValue(cursor)
  })
  if (byteAtHand(cursor) === null) yield* nextByte(cursor)
  yield* handOn(cursor, sessions)
  yield { type: 'end', offset: cursor.forgotten + cursor.at, entries }
}

/**
 * The rooms of a whole backup, each with its bytes as they came: the body of `GET /room_keys/keys`, or
 * a file that holds it.
 *
 * What a room holds is passed on unseen but for its limits: no entry is parsed, none is left out.
 *
 * @param pieces - as in `entriesOfStream`
 * @throws BackupError `malformed_keys` where `entriesOfStream` throws it; rooms that ended before are
 * whole
 */
export function roomsOfStream(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<RoomPart> {
  return run(pieces, (cursor) => readRooms(cursor, (id) => readRoom(cursor, id)))
}
