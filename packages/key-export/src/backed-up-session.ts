/**
 * The two forms of a session: an export file names room and session inside, a backup outside.
 *
 * Both ways every other key is kept, `m.shared_history` and unknown ones among them.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#backup-algorithm-mmegolm_backupv1curve25519-aes-sha2
 */
import {
  type BackedUpSessionData,
  backedUpSessionDataSchema,
  type ExportedSessionData,
  parseWire,
} from '@roomkeys/types'

/** A session of a backup, with the ids that it is stored under. */
export interface BackedUpSession {
  readonly roomId: string
  readonly sessionId: string
  readonly session: BackedUpSessionData
}

/**
 * The form of a backup: what its entry for this room id and session id encrypts.
 *
 * @throws WireShapeError when the session lacks a field
 */
export function toBackedUpSession(exported: ExportedSessionData): BackedUpSession {
  const { room_id: roomId, session_id: sessionId } = exported
  const inside = Object.entries(exported).filter(
    ([key]) => key !== 'room_id' && key !== 'session_id',
  )
  const session = parseWire(backedUpSessionDataSchema, Object.fromEntries(inside), 'the session')
  return { roomId, sessionId, session }
}

/** The form of an export file. Ids inside the session give way to those that it is stored under. */
export function fromBackedUpSession(backedUp: BackedUpSession): ExportedSessionData {
  const { roomId, sessionId, session } = backedUp
  return { ...session, room_id: roomId, session_id: sessionId }
}
