/** Entries as their bytes arrive. */
import { type RoomId, roomId, sessionId } from '@roomkeys/types'
import type { BackupEntry } from '../entry.ts'
import type { Cursor } from './cursor.ts'
import { type Reading, readValue } from './members.ts'
import { run } from './run.ts'
import { readRooms, readSessions } from './shape.ts'

function readEntries(cursor: Cursor, room: RoomId): Reading<BackupEntry> {
  return readSessions(cursor, function* (id) {
    yield { roomId: room, sessionId: sessionId(id), data: yield* readValue(cursor) }
  })
}

/**
 * The entries of a whole backup: the body of `GET /room_keys/keys`, or a file that holds it.
 *
 * An entry that is no JSON, longer than 1 MiB or nested too deeply has the data `undefined`.
 *
 * @param pieces - the body as it arrives; it is read no faster than the entries are taken, and told to
 * stop when they are taken no more
 * @throws BackupError `malformed_keys` when the rest is not as specified, or breaks off
 */
export function entriesOfStream(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<BackupEntry> {
  return run(pieces, (cursor) => readRooms(cursor, (id) => readEntries(cursor, roomId(id))))
}

/**
 * The entries of one room: the body of `GET /room_keys/keys/{roomId}`. Otherwise as
 * {@link entriesOfStream}.
 */
export function roomEntriesOfStream(
  pieces: AsyncIterable<Uint8Array>,
  room: RoomId,
): AsyncGenerator<BackupEntry> {
  return run(pieces, (cursor) => readEntries(cursor, room))
}
