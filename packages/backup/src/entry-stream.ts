/**
 * Entries from the body of `GET /room_keys/keys`, or from a file that holds it, as the bytes arrive:
 * the body is never held whole, and one damaged entry costs no other. Or its rooms, as they came.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3room_keyskeys
 */
export { entriesOfStream, roomEntriesOfStream } from './entry-stream/read-entries.ts'
export { roomsOfStream } from './entry-stream/read-rooms.ts'
export type { RoomPart } from './entry-stream/read-rooms.ts'
