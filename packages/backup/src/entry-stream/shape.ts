/**
 * The shape of the keys of a backup, whatever is read from it: rooms by their ids, and in each the
 * sessions by theirs. What else stands beside them is stepped over.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3room_keyskeys
 */
import type { Cursor } from './cursor.ts'
import { type Reading, type ReadMember, readMember, readMembers } from './members.ts'

/** Goes through a room; `read` reads each session. */
export function readSessions<T>(cursor: Cursor, read: ReadMember<T>): Reading<T> {
  return readMember(cursor, 'sessions', () => readMembers(cursor, read))
}

/** Goes through a backup; `read` reads each room. */
export function readRooms<T>(cursor: Cursor, read: ReadMember<T>): Reading<T> {
  return readMember(cursor, 'rooms', () => readMembers(cursor, read))
}
