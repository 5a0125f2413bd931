/** Entries as their bytes arrive. */
import { type RoomId, roomId, sessionId } from '@roomkeys/types'
import type { BackupEntry } from '../entry.ts'
import { coalesce } from './coalesce.ts'
import { createCursor, type Cursor, feed, MORE } from './cursor.ts'
import { readMember, readMembers, type Reading, readValue } from './members.ts'
import { expectEnd } from './scan.ts'

function readSessions(cursor: Cursor, room: RoomId): Reading {
  const sessions = (): Reading =>
    readMembers(cursor, function* (id) {
      yield { roomId: room, sessionId: sessionId(id), data: yield* readValue(cursor) }
    })
  return readMember(cursor, 'sessions', sessions)
}

function readRooms(cursor: Cursor): Reading {
  const rooms = (): Reading => readMembers(cursor, (id) => readSessions(cursor, roomId(id)))
  return readMember(cursor, 'rooms', rooms)
}

/** Runs a reading over the pieces: asks for one only when it needs it. */
async function* run(
  pieces: AsyncIterable<Uint8Array>,
  begin: (cursor: Cursor) => Reading,
): AsyncGenerator<BackupEntry> {
  const cursor = createCursor()
  const source = coalesce(pieces)
  const next = async (): Promise<void> => {
    const { done, value } = await source.next()
    if (done === true) cursor.ended = true
    else feed(cursor, value)
  }
  try {
    for (const step of begin(cursor)) {
      if (step === MORE) await next()
      else yield step
    }
    const end = expectEnd(cursor)
    while (end.next().done !== true) await next()
  } finally {
    await source.return(undefined)
  }
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
  return run(pieces, readRooms)
}

/**
 * The entries of one room: the body of `GET /room_keys/keys/{roomId}`. Otherwise as
 * {@link entriesOfStream}.
 */
export function roomEntriesOfStream(
  pieces: AsyncIterable<Uint8Array>,
  room: RoomId,
): AsyncGenerator<BackupEntry> {
  return run(pieces, (cursor) => readSessions(cursor, room))
}
