/** A copy of a session as it goes into a backup. */
import type { Provenance } from '@roomkeys/megolm'
import type { KeyMetadata } from '@roomkeys/types'
import type { StoredCopy } from '../ports/room-key-store.ts'
import type { SessionAddress } from '../ports/room-keys-api.ts'
import type { SessionToSeal } from '../seal-entry.ts'
import { type Unauthenticated, unauthenticatedOf } from '../unauthenticated.ts'

/** Who vouches for a copy, in the words of its mark. */
const MARKS: Readonly<Record<Provenance['kind'], Unauthenticated | null>> = {
  direct: null,
  authenticated_backup: null,
  forwarded: 'm.forwarded_room_key',
  key_bundle: 'm.undefined',
  export_file: 'm.undefined',
  unauthenticated_backup: 'm.legacy-v1',
}

/**
 * What servers are told of every key. Never verified: that would displace copies that begin earlier, on
 * all servers. Never forwarded: so no later copy displaces ours, and what ours might displace by it is
 * read first.
 */
const METADATA = { isVerified: false, forwardedCount: 0 } as const

/** The metadata that a copy from this index on goes up with. */
export function metadataAt(index: number): KeyMetadata {
  return {
    is_verified: METADATA.isVerified,
    first_message_index: index,
    forwarded_count: METADATA.forwardedCount,
  }
}

/** What vouches for the first index vouches for all of the copy; what the record says itself stays. */
function markOf({ origins, session }: StoredCopy): Pick<SessionToSeal, 'unauthenticated'> {
  const [origin] = origins
  const mark = origin === undefined ? 'm.undefined' : MARKS[origin.provenance.kind]
  return mark !== null && unauthenticatedOf(session) !== null ? {} : { unauthenticated: mark }
}

/** A copy, ready to be sealed. */
export function toSeal({ roomId, sessionId }: SessionAddress, copy: StoredCopy): SessionToSeal {
  return { roomId, sessionId, session: copy.session, ...METADATA, ...markOf(copy) }
}
