/** Rooms whose entries are all in the store. Entries come room by room. */
import type { RoomId } from '@roomkeys/types'
import type { RestoreOutcome } from './events.ts'

/** Follows the outcomes of a restore. */
export interface FinishedRooms {
  /** Takes an outcome; `true` when a room before it is finished by it. */
  readonly follow: (outcome: RestoreOutcome) => boolean
  /** Nothing more comes of the room that is being read. */
  readonly end: () => void
  /** The finished rooms, and how many entries each has. A room with a failure is read again. */
  readonly rooms: ReadonlyMap<string, number>
}

/** The room that is being read. */
interface OpenRoom {
  readonly roomId: RoomId
  readonly entries: number
  readonly failures: number
}

/** Follows a restore that goes on after these rooms. */
export function followRooms(before: ReadonlyMap<string, number>): FinishedRooms {
  const rooms = new Map(before)
  let open: OpenRoom | null = null

  const end = (): void => {
    if (open !== null && open.failures === 0) rooms.set(open.roomId, open.entries)
    open = null
  }
  const follow = ({ roomId, status }: RestoreOutcome): boolean => {
    const isNext = open !== null && open.roomId !== roomId
    if (isNext) end()
    const { entries, failures } = open ?? { entries: 0, failures: 0 }
    open = { roomId, entries: entries + 1, failures: failures + (status === 'failed' ? 1 : 0) }
    return isNext
  }
  return { follow, end, rooms }
}
