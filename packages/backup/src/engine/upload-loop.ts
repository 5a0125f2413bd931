/** The upload loop as it goes when nothing fails: read, compare, upload, mark, and read again. */
import type { StoreCounts } from '../ports/room-key-store.ts'
import type { Guarded, Outcome, PendingRead } from './events.ts'
import { cut, firstGroup, replaceFirst, sizeOf } from './groups.ts'
import { go, type Move, STAY } from './move.ts'
import type { Notice } from './notices.ts'
import { afterSuccess } from './pace.ts'
import type { Enabled } from './state.ts'
import { NO_WORK, READING, type SealedKey, type Settled, type Upload, type Work } from './upload.ts'

/**
 * Whether the server's copy is read first. Nothing begins earlier than index 0; a later key could
 * destroy a better one on servers that replace when any one field is better.
 */
function needsGuard({ data }: SealedKey): boolean {
  return data.first_message_index > 0
}

function uploadOf(work: Work): Upload {
  if (work.settled.length > 0) return { kind: 'marking', work }
  const group = firstGroup(work)
  if (group.length === 0) return READING
  return group.some(needsGuard) ? { kind: 'guarding', work } : { kind: 'uploading', work }
}

/** When no request is left, what was refused alone is believed to be refused. */
function convicted(work: Work): Work {
  if (work.groups.length > 0 || work.suspects.length === 0) return work
  return { ...work, suspects: [], settled: [...work.settled, ...work.suspects] }
}

/** Goes on with what is left: marks first, then the next request, then the next batch. */
export function proceed(state: Enabled, work: Work, ...notices: readonly Notice[]): Move {
  return go({ ...state, upload: uploadOf(convicted(work)) }, ...notices)
}

/** Sessions were read from the store. */
export function onPending(state: Enabled, { keys, unsealable }: PendingRead): Move {
  const { upload, pace, backup } = state
  if (upload.kind !== 'reading') return STAY
  if (keys.length > 0 || unsealable.length > 0)
    return proceed(state, { ...NO_WORK, groups: cut(keys, pace), settled: unsealable })
  if (upload.news === 'keys') return go({ ...state, upload: READING })
  const { version } = backup.info
  return go({ ...state, upload: { kind: 'idle' } }, { type: 'backed_up', version })
}

/** The group was compared with the server: what is left of it is uploaded at once. */
export function onServerCopies(state: Enabled, { upload, settled, imported }: Guarded): Move {
  if (state.upload.kind !== 'guarding') return STAY
  const { work } = state.upload
  const { version } = state.backup.info
  const notices: readonly Notice[] =
    imported > 0 ? [{ type: 'keys_imported', version, count: imported }] : []
  const left: Work = {
    ...replaceFirst(work, upload.length > 0 ? [upload] : []),
    settled: [...work.settled, ...settled],
  }
  // What was settled is marked after the upload: the comparison must not grow old.
  return upload.length > 0
    ? go({ ...state, upload: { kind: 'uploading', work: left } }, ...notices)
    : proceed(state, left, ...notices)
}

function settledBy(
  { roomId, sessionId, revision }: SealedKey,
  refused: Settled['refused'],
): Settled {
  return { roomId, sessionId, revision, refused }
}

/** The server took the group, so that it is in order, and those that it refused are to blame. */
export function onUploaded(
  state: Enabled,
  { answer, latencyMs, shadowed }: Extract<Outcome, { readonly type: 'uploaded' }>,
): Move {
  if (state.upload.kind !== 'uploading') return STAY
  const { work } = state.upload
  const group = firstGroup(work)
  const { count, etag } = answer
  const backup = { ...state.backup, info: { ...state.backup.info, count, etag } }
  const pace = afterSuccess(state.pace, sizeOf(group), latencyMs)
  const done = group.map((key) => settledBy(key, shadowed.includes(key) ? 'shadowed' : null))
  return proceed(
    { ...state, backup, pace },
    {
      groups: work.groups.slice(1),
      suspects: [],
      settled: [...work.settled, ...work.suspects, ...done],
    },
  )
}

/** What was settled is in the store. */
export function onMarked(state: Enabled, { total, pending }: StoreCounts): Move {
  if (state.upload.kind !== 'marking') return STAY
  const { work } = state.upload
  const { version } = state.backup.info
  const refused = work.settled.filter((key) => key.refused !== null)
  const notices: Notice[] = [{ type: 'progress', version, total, pending }]
  if (refused.length > 0) notices.push({ type: 'keys_refused', version, keys: refused })
  return proceed(state, { ...work, settled: [] }, ...notices)
}
