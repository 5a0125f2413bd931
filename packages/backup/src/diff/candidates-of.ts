/** The copies of a source as candidates, which ratchets are compared as. */
import type { Candidate } from '@roomkeys/megolm'
import { EntryError } from '../errors.ts'
import { sessionUnder } from '../session-key.ts'
import type { SourceFailure, SourceSession } from './source.ts'

/** The candidates of a session; the failure when a copy is not the session of its address. */
export function candidatesOf(item: SourceSession): readonly Candidate[] | SourceFailure {
  const { roomId, sessionId, copies } = item
  try {
    return copies.map(({ session, origins }) => ({
      session: sessionUnder(sessionId, session),
      origins,
    }))
  } catch (error) {
    if (!(error instanceof EntryError)) throw error
    return { status: 'invalid', roomId, sessionId, reason: error.reason, error }
  }
}
