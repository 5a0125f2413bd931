/**
 * Before a key is uploaded that might displace another: what does the server hold of it now?
 *
 * Some servers replace a key when any one of its fields is better. So what begins later than index 0,
 * and what the server was seen to have, is read again right before. A key from index 0 that the server
 * lacked makes nothing worse, whatever another device uploads meanwhile.
 */
import { type KeyMetadata, keyBackupDataSchema, replaces } from '@roomkeys/types'
import * as v from 'valibot'
import type { BackupEntry } from '../entry.ts'
import { addressKey } from '../merge/address-key.ts'
import { openEntries } from '../open-entries.ts'
import { metadataAt } from '../upload/to-seal.ts'
import { candidatesOf } from './candidates-of.ts'
import type { KeyIndex } from './key-index.ts'
import { copiesIn, type OpenBackup, openingOf, policyOf } from './live-backup.ts'
import { itemOf } from './opened-item.ts'
import { type PushJob, refused, settled } from './push-job.ts'
import type { PushOutcome } from './sync-events.ts'

/** What becomes of a key. */
export type Verdict =
  /** `isCertain`: every server takes it; else what became of it is read afterwards. */
  | { readonly kind: 'upload'; readonly job: PushJob; readonly isCertain: boolean }
  | { readonly kind: 'settled'; readonly job: PushJob; readonly outcome: PushOutcome }

/** With what keys are guarded. */
export interface Guard {
  readonly backup: OpenBackup
  /** What the backup held when it was read; what is read again goes into it. */
  readonly index: KeyIndex
  readonly signal: AbortSignal | undefined
}

function metadataOf({ data }: BackupEntry): KeyMetadata | null {
  const parsed = v.safeParse(keyBackupDataSchema, data)
  return parsed.success ? parsed.output : null
}

function isDisplaced(job: PushJob, entry: BackupEntry): boolean {
  const held = metadataOf(entry)
  return held === null || replaces(metadataAt(job.candidate.session.index), held)
}

/** Takes what is read again into the index; the entries by address. */
async function readAgain(
  { backup, index, signal }: Guard,
  jobs: readonly PushJob[],
): Promise<ReadonlyMap<string, BackupEntry>> {
  const entries = new Map<string, BackupEntry>()
  for await (const entry of copiesIn(backup, jobs, signal)) entries.set(addressKey(entry), entry)
  for await (const outcome of openEntries(entries.values(), openingOf(backup, signal))) {
    const item = itemOf(outcome, policyOf(backup))
    const copies = item.status === 'session' ? candidatesOf(item) : []
    index.add('b', item, 'status' in copies ? [] : copies)
  }
  return entries
}

function verdictOf(job: PushJob, entry: BackupEntry | undefined, { index }: Guard): Verdict {
  if (entry === undefined) return { kind: 'upload', job, isCertain: true }
  const held = index.get(job)?.b ?? []
  const isCertain = isDisplaced(job, entry)
  const outcome = settled(job, held)
  if (outcome !== null) return { kind: 'settled', job, outcome }
  // What cannot be opened may be another key's and good: only what every server replaces is.
  if (held.length === 0 && !isCertain)
    return { kind: 'settled', job, outcome: refused(job, 'shadowed') }
  return { kind: 'upload', job, isCertain }
}

/** Judges keys by what the server holds now. */
export async function guard(jobs: readonly PushJob[], context: Guard): Promise<readonly Verdict[]> {
  const isGuarded = (job: PushJob): boolean =>
    job.candidate.session.index > 0 || context.index.get(job) !== null
  const entries = await readAgain(context, jobs.filter(isGuarded))
  return jobs.map((job) => verdictOf(job, entries.get(addressKey(job)), context))
}
