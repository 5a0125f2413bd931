/** Entries of a backup, opened, as items of a source. */
import type { EntryOutcome } from '../entry.ts'
import { provenanceOf, type ProvenanceOptions } from '../provenance.ts'
import type { SourceItem } from './source.ts'

/** An outcome as an item. */
export function itemOf(outcome: EntryOutcome, policy: ProvenanceOptions): SourceItem {
  const { roomId, sessionId } = outcome
  if (outcome.status === 'failed') {
    const { reason, error } = outcome
    return { status: 'invalid', roomId, sessionId, reason, error }
  }
  const { session, firstMessageIndex } = outcome
  const origins = [{ fromIndex: firstMessageIndex, provenance: provenanceOf(outcome, policy) }]
  return { status: 'session', roomId, sessionId, copies: [{ session, origins }] }
}
