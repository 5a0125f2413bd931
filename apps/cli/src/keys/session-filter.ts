/** Which sessions are wanted: those of the rooms and with the ids that were named; all otherwise. */

/** What a person named. */
export interface SessionFilter {
  readonly rooms: readonly string[]
  readonly sessions: readonly string[]
}

/** A session, as far as a filter looks at it. */
export interface FilteredAddress {
  readonly roomId: string
  readonly sessionId: string
}

/** Whether a session is wanted; nothing named means everything. */
export function filterOf({
  rooms,
  sessions,
}: SessionFilter): (address: FilteredAddress) => boolean {
  const [inRooms, withIds] = [new Set(rooms), new Set(sessions)]
  return ({ roomId, sessionId }) =>
    (inRooms.size === 0 || inRooms.has(roomId)) && (withIds.size === 0 || withIds.has(sessionId))
}
