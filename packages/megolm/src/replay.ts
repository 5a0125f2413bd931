/**
 * Protection against replays: a message that is sent again, as another event, is refused. The same
 * event may be decrypted as often as one likes.
 *
 * The record of what was seen grows with every message, so it is the caller's store that holds it: an
 * event by {@link replayKey}.
 *
 * @see https://spec.matrix.org/v1.19/client-server-api/#mmegolmv1aes-sha2
 */
import { MegolmError } from './errors.ts'

/** The event that a message came in. */
export interface MessageOrigin {
  readonly eventId: string
  /** `origin_server_ts`; compared when both have it. */
  readonly originServerTs?: number | undefined
}

/** The key to hold a message's origin under; one for each message of each session. */
export function replayKey(sessionId: string, index: number): string {
  return `${sessionId}|${index}`
}

function isSameEvent(first: MessageOrigin, second: MessageOrigin): boolean {
  if (first.eventId !== second.eventId) return false
  const [a, b] = [first.originServerTs, second.originServerTs]
  return a === undefined || b === undefined || a === b
}

/**
 * Checks a decrypted message against the event that its index was first seen in.
 *
 * @param seen - what the store holds under {@link replayKey}; `undefined`: nothing
 * @returns what the store is to hold
 * @throws MegolmError `replay` when another event used the index
 */
export function checkReplay(seen: MessageOrigin | undefined, event: MessageOrigin): MessageOrigin {
  if (seen === undefined) return event
  if (!isSameEvent(seen, event))
    throw new MegolmError('replay', 'Another event has used this index of the session')
  return seen.originServerTs === undefined ? event : seen
}
