/** Sessions to decrypt events with, by room and session id. */
import { parseSessionExport } from '@roomkeys/megolm'
import type { MegolmSession } from '@roomkeys/megolm'
import type { ExportedSessionData } from '@roomkeys/types'

/** Sessions that were read. */
export interface EventKeys {
  /** Adds a session; of several copies, the earliest stays. */
  readonly add: (session: ExportedSessionData) => void
  readonly find: (roomId: string, sessionId: string) => MegolmSession | null
  readonly size: () => number
}

function addressOf(roomId: string, sessionId: string): string {
  return JSON.stringify([roomId, sessionId])
}

/** Has no sessions yet. */
export function createEventKeys(): EventKeys {
  const sessions = new Map<string, MegolmSession>()
  return {
    add: ({ room_id, session_id, session_key }) => {
      const address = addressOf(room_id, session_id)
      const session = parseSessionExport(session_key)
      const held = sessions.get(address)
      if (held === undefined || session.index < held.index) sessions.set(address, session)
    },
    find: (roomId, sessionId) => sessions.get(addressOf(roomId, sessionId)) ?? null,
    size: () => sessions.size,
  }
}
