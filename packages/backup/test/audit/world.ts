/** Audits of lists of entries. */
import { audit, type AuditEvent, type AuditOptions, type AuditReport } from '../../src/audit.ts'
import type { BackupEntry } from '../../src/entry.ts'
import { megolmBackupV1 } from '../../src/v1.ts'
import { memoisedSharedSecrets } from '../open.ts'
import { account } from '../vectors.ts'

/** The event of an entry. */
export type EntryEvent = Extract<AuditEvent, { readonly type: 'entry' }>

/** An audit of the account's backup. */
export const OPTIONS: AuditOptions = {
  algorithm: megolmBackupV1,
  keys: [account.key],
  sharedSecrets: memoisedSharedSecrets,
}

/** What an audit came to. */
export interface Audited {
  readonly events: readonly AuditEvent[]
  readonly entries: readonly EntryEvent[]
  readonly report: AuditReport
}

/** Runs an audit to its end. */
export async function audited(
  entries: Iterable<BackupEntry> | AsyncIterable<BackupEntry>,
  options: Partial<AuditOptions> = {},
): Promise<Audited> {
  const events: AuditEvent[] = []
  for await (const event of audit(entries, { ...OPTIONS, ...options })) events.push(event)
  const last = events.at(-1)
  if (last?.type !== 'finished') throw new TypeError('The audit did not finish')
  return {
    events,
    entries: events.filter((event) => event.type === 'entry'),
    report: last.report,
  }
}

/** The codes of one entry. */
export async function codesOf(
  entry: BackupEntry,
  options: Partial<AuditOptions> = {},
): Promise<readonly string[]> {
  const { entries } = await audited([entry], options)
  return entries.flatMap(({ findings }) => findings.map(({ code }) => code))
}
