/** The session key inside a record, and whether it is the one that its address names. */
import { MegolmError, type MegolmSession, parseSessionExport, sessionIdOf } from '@roomkeys/megolm'
import { type BackedUpSessionData, MEGOLM_V1, type SessionId } from '@roomkeys/types'
import { EntryError } from './errors.ts'

function parseSessionKey(session: BackedUpSessionData): MegolmSession {
  if (session.algorithm !== MEGOLM_V1)
    throw new EntryError('unsupported_session', `The session is not of ${MEGOLM_V1}`)
  try {
    return parseSessionExport(session.session_key)
  } catch (cause) {
    if (!(cause instanceof MegolmError)) throw cause
    throw new EntryError('malformed_session_key', cause.message, { cause })
  }
}

/**
 * The session of a record.
 *
 * The session id is the session's public key: an entry that holds another session is a mistake or an
 * attack, and would shut the true key out.
 *
 * @throws EntryError `unsupported_session`, `malformed_session_key` or `session_id_mismatch`
 */
export function sessionUnder(sessionId: SessionId, record: BackedUpSessionData): MegolmSession {
  const megolm = parseSessionKey(record)
  if (sessionIdOf(megolm) === sessionId) return megolm
  throw new EntryError('session_id_mismatch', 'The entry holds the key of another session')
}
