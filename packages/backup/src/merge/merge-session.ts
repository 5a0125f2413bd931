/** Merging a key into the copies of its session that a store holds. */
import {
  type Candidate,
  candidateOf,
  compareProvenance,
  compareSessions,
  isAuthenticated,
  mergeCandidate,
  MegolmError,
  type MergeOutcome,
  parseSessionExport,
  type Provenance,
  serialiseSessionExport,
} from '@roomkeys/megolm'
import type { BackedUpSessionData, BackupVersion } from '@roomkeys/types'
import { BackupError } from '../errors.ts'
import type { StoredCopy, StoredSession } from '../ports/room-key-store.ts'
import type { SessionAddress } from '../ports/room-keys-api.ts'
import type { CheckedKey } from './incoming-key.ts'
import { isSameRecord, mergeRecords } from './merge-record.ts'
import { isSettled } from './upload-marks.ts'

/** A copy as the merge sees it: with its record, and as the store has it if it comes from there. */
interface Source {
  readonly candidate: Candidate
  readonly record: BackedUpSessionData
  readonly stored: StoredCopy | null
}

function heldSource(stored: StoredCopy, { roomId, sessionId }: SessionAddress): Source {
  try {
    const session = parseSessionExport(stored.session.session_key)
    const candidate = { session, origins: stored.origins }
    return { candidate, record: stored.session, stored }
  } catch (cause) {
    if (!(cause instanceof MegolmError)) throw cause
    const message = `The store holds no session key for ${sessionId} of ${roomId}`
    throw new BackupError('store', message, { cause })
  }
}

function bestOrigin({ origins }: Candidate): Provenance {
  const best = origins.at(-1)
  if (best === undefined) throw new TypeError('A copy has an origin from its own index')
  return best.provenance
}

/** Sources whose records describe a copy: those that it connects to, the best origin first. */
function describing(candidate: Candidate, sources: readonly Source[]): readonly Source[] {
  if (sources.length === 1) return sources
  const isConnected = ({ candidate: { session } }: Source): boolean =>
    session === candidate.session || compareSessions(session, candidate.session) !== 'conflicting'
  return sources
    .filter(isConnected)
    .toSorted((a, b) => compareProvenance(bestOrigin(a.candidate), bestOrigin(b.candidate)))
}

/** Whose mark of what is unauthenticated counts: theirs who begin where the copy does. */
function marking(
  { session: { index }, origins: [first] }: Candidate,
  sources: readonly Source[],
): readonly Source[] {
  if (first === undefined || isAuthenticated(first.provenance)) return []
  return sources.filter((source) => source.candidate.session.index === index)
}

/** A copy as it is to be stored; the stored one itself when nothing is new. */
function copyOf(candidate: Candidate, all: readonly Source[]): StoredCopy {
  const own = all.find((source) => source.candidate.session === candidate.session)
  const sources = describing(candidate, all)
  const [best, ...others] = sources.map(({ record }) => record)
  if (best === undefined) throw new TypeError('A merged copy comes from a source')
  const session = mergeRecords({
    records: [best, ...others],
    marking: marking(candidate, sources).map(({ record }) => record),
    sessionKey: own?.record.session_key ?? serialiseSessionExport(candidate.session),
  })
  const { stored = null } = all.find((source) => source.candidate === candidate) ?? {}
  if (stored !== null && isSameRecord(stored.session, session)) return stored
  return { session, origins: candidate.origins }
}

/** A session after a merge; the held object itself when nothing is new. */
export interface MergedSession {
  readonly session: StoredSession
  readonly outcome: MergeOutcome
}

/** Whether a version that holds the incoming key has nothing to gain from what is kept. */
function isAsGood(
  { megolm, session: record }: CheckedKey,
  { session, outcome }: MergedSession,
): boolean {
  const [copy, ...others] = session.copies
  if (outcome === 'refused' || copy === undefined || others.length > 0) return false
  if (copy.session.session_key === record.session_key) return true
  return compareSessions(megolm, parseSessionExport(copy.session.session_key)) === 'equal'
}

/**
 * Marks a session that was read from a version as stored there, if what the version holds is as good
 * as what is kept: a single copy, connected, from the same index. The origin does not count: a backup
 * of v1 carries none, and of two keys from one index a server keeps the one that it has.
 */
function markedAsHeld(
  key: CheckedKey,
  merged: MergedSession,
  version: BackupVersion,
): MergedSession {
  const { session, outcome } = merged
  const isMarked = isSettled(session, version) && session.upload?.state === 'stored'
  if (isMarked || !isAsGood(key, merged)) return merged
  const { revision } = session
  return { session: { ...session, upload: { version, revision, state: 'stored' } }, outcome }
}

function withCopies(
  { roomId, sessionId }: SessionAddress,
  held: StoredSession | null,
  copies: readonly StoredCopy[],
): StoredSession {
  const isSame =
    copies.length === held?.copies.length &&
    copies.every((copy, position) => copy === held.copies[position])
  if (isSame) return held
  return {
    roomId,
    sessionId,
    copies,
    revision: (held?.revision ?? 0) + 1,
    upload: held?.upload ?? null,
  }
}

/** Merges a key into what is held of its session. */
export function mergeKey(
  held: StoredSession | null,
  key: CheckedKey,
  heldBy: BackupVersion | undefined,
): MergedSession {
  const incoming: Source = {
    candidate: candidateOf(key.megolm, key.provenance),
    record: key.session,
    stored: null,
  }
  const sources = (held?.copies ?? []).map((copy) => heldSource(copy, key))
  const { candidates, outcome } = mergeCandidate(
    sources.map(({ candidate }) => candidate),
    incoming.candidate,
  )
  const all = [...sources, incoming]
  const copies =
    outcome === 'refused' ? (held?.copies ?? []) : candidates.map((one) => copyOf(one, all))
  const session = withCopies(key, held, copies)
  const isRecordNew = outcome === 'unchanged' && session !== held
  const merged: MergedSession = { session, outcome: isRecordNew ? 'improved' : outcome }
  return heldBy === undefined ? merged : markedAsHeld(key, merged, heldBy)
}
