/** Whether a key of a source goes up, judged by what the backup holds of it. */
import type { Candidate } from '@roomkeys/megolm'
import type { SessionAddress } from '../ports/room-keys-api.ts'
import type { StoredCopy } from '../ports/room-key-store.ts'
import { candidatesOf } from './candidates-of.ts'
import { judge, type KeepsOrigins } from './judge.ts'
import type { SourceItem } from './source.ts'
import type { PushOutcome, PushRefusal } from './sync-events.ts'

/** A backup keeps of two copies from one index the one that it has, whatever vouches for them. */
const FIXED: KeepsOrigins = { a: false, b: false }

/** A key that may go up. */
export interface PushJob extends SessionAddress {
  /** The best copy: where several conflict, the others stay. */
  readonly copy: StoredCopy
  readonly candidate: Candidate
}

/** The outcome of a key that is refused. */
export function refused({ roomId, sessionId }: SessionAddress, reason: PushRefusal): PushOutcome {
  return { roomId, sessionId, outcome: 'refused', reason }
}

/** The outcome of a key that is not. */
export function done(
  { roomId, sessionId }: SessionAddress,
  outcome: 'uploaded' | 'equal' | 'server_better',
): PushOutcome {
  return { roomId, sessionId, outcome }
}

/** What the copy is to what the backup holds: `null` when it is to go up. */
export function settled(job: PushJob, held: readonly Candidate[]): PushOutcome | null {
  const [judgement] = judge({ a: [job.candidate], b: held }, FIXED)
  switch (judgement?.kind) {
    case undefined:
      return done(job, 'equal')
    case 'better_in_b':
    case 'missing_in_a':
      return done(job, 'server_better')
    case 'conflicting':
      return refused(job, 'conflicting')
    case 'missing_in_b':
    case 'better_in_a':
      return null
  }
}

/** The job that a source's item is, or the outcome when there is nothing to do. */
export function jobOf(
  item: SourceItem,
  held: readonly Candidate[],
): { readonly job: PushJob } | { readonly outcome: PushOutcome } {
  const candidates = item.status === 'invalid' ? item : candidatesOf(item)
  if (item.status === 'invalid' || 'status' in candidates)
    return { outcome: refused(item, 'invalid') }
  const { roomId, sessionId, copies } = item
  const [copy] = copies
  const [candidate] = candidates
  if (copy === undefined || candidate === undefined)
    throw new TypeError('A session of a source has a copy')
  if (judge({ a: candidates, b: held }, FIXED)[0]?.kind === 'conflicting')
    return { outcome: refused(item, 'conflicting') }
  const job = { roomId, sessionId, copy, candidate }
  const outcome = settled(job, held)
  return outcome === null ? { job } : { outcome }
}
