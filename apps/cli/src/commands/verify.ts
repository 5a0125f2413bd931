/** `roomkeys verify [FILE]`: what every entry of a snapshot, or of the backup on the server, is. */
import type { BackupAlgorithm, BackupEntry, DecryptionKey } from '@roomkeys/backup'
import { audit, type AuditReport } from '@roomkeys/backup/audit'
import { megolmBackupV1 } from '@roomkeys/backup/v1'
import type { BackupVersionInfo } from '@roomkeys/types'
import { openVersionKey } from '../account/given-key.ts'
import type { CommandContext, Run } from '../context.ts'
import { CliError } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { countsText } from '../keys/counts.ts'
import { areOfAnotherKey } from '../keys/open-outcomes.ts'
import { readSnapshotKey } from '../keys/snapshot-key.ts'
import { algorithmNamed } from '../sources/algorithms.ts'
import { openServer } from '../sources/server.ts'
import { openSnapshot } from '../sources/snapshot.ts'

/** What is audited. */
interface Audited {
  readonly name: string
  readonly algorithm: BackupAlgorithm
  /** `null` when the snapshot has no record beside it. */
  readonly version: BackupVersionInfo | null
  /** None: the structure alone. */
  readonly keys: readonly DecryptionKey[]
  readonly entries: AsyncIterable<BackupEntry>
}

async function fromFile(context: CommandContext, path: string): Promise<Audited> {
  const snapshot = await openSnapshot(path)
  const wantsKey = !context.options.flag('structureOnly')
  const keys = wantsKey ? [await readSnapshotKey(context, snapshot)] : []
  const { algorithm, version } = snapshot
  return { name: path, algorithm, version, keys, entries: snapshot.entries(context.signal) }
}

async function fromServer(context: CommandContext): Promise<Audited> {
  const { options, signal } = context
  const { account, version } = await openServer(context)
  const wantsKey = !options.flag('structureOnly')
  const keys = wantsKey ? [(await openVersionKey(context, account, version)).key] : []
  return {
    name: `backup version ${version.version}`,
    algorithm: algorithmNamed(version.algorithm) ?? megolmBackupV1,
    version,
    keys,
    entries: account.api.readKeys(version.version, { signal }),
  }
}

/** Entries with findings that are told one by one; the report counts all. */
const MAX_LISTED = 1_000

/** An entry with something to say. */
interface Listed {
  readonly room_id: string
  readonly session_id: string
  readonly status: string
  readonly findings: readonly string[]
}

async function performAudit(
  { output, signal }: CommandContext,
  { algorithm, version, keys, entries }: Audited,
): Promise<{ readonly report: AuditReport; readonly listed: readonly Listed[] }> {
  const total = version?.count ?? null
  const progress = output.progress({ label: 'Checking', unit: 'keys', total })
  const listed: Listed[] = []
  try {
    const options = { algorithm, keys, signal, ...(version !== null && { version }) }
    for await (const event of audit(entries, options)) {
      if (event.type === 'progress') progress.update(event.done)
      if (event.type === 'finished') return { report: event.report, listed }
      if (event.type !== 'entry' || listed.length >= MAX_LISTED) continue
      const { roomId: room_id, sessionId: session_id, status } = event
      listed.push({ room_id, session_id, status, findings: event.findings.map(({ code }) => code) })
    }
  } finally {
    progress.end()
  }
  throw new TypeError('An audit ends with its report')
}

const VERDICTS: Readonly<Record<AuditReport['result'], string>> = {
  sound: 'Every key opens, and all is as it should be.',
  odd: 'Every key opens. Some things are odd.',
  failing: 'Something is wrong.',
  structure_only:
    'The structure is whole. Without the recovery key nobody knows whether the keys open.',
}

function textOf(name: string, report: AuditReport, listed: readonly Listed[]): string {
  const { entries, rooms, bytes, statuses, findings, version, startingLate } = report
  const lines = [
    `${name}: ${entries} keys in ${rooms.length} rooms, ${bytes} bytes.`,
    `Entries: ${countsText(statuses) || 'none'}.`,
    ...(startingLate > 0 ? [`Keys that begin after their first message: ${startingLate}.`] : []),
    ...(Object.keys(findings).length > 0 ? [`Found: ${countsText(findings)}.`] : []),
    ...(version !== null && version.codes.length > 0
      ? [`Version: ${version.codes.join(', ')}.`]
      : []),
    ...listed.map((one) => `  ${one.room_id} ${one.session_id} ${one.findings.join(', ')}`),
    VERDICTS[report.result],
  ]
  return lines.join('\n')
}

/** The report as JSON has it. */
function documentOf({ backupMacs, startingLate, keys, rooms, omitted, ...report }: AuditReport) {
  const { roomEntries, roomBytes, addresses, ephemeralKeys } = omitted
  return {
    ...report,
    backup_macs: backupMacs,
    starting_late: startingLate,
    keys: keys.map(({ publicKey: public_key, isCurrent: is_current, opened }) => ({
      public_key,
      is_current,
      opened,
    })),
    rooms: rooms.map(({ roomId: room_id, entries, notOpened: not_opened, bytes }) => ({
      room_id,
      entries,
      not_opened,
      bytes,
    })),
    omitted: {
      room_entries: roomEntries,
      room_bytes: roomBytes,
      addresses,
      ephemeral_keys: ephemeralKeys,
    },
  }
}

/** The version says so, or, where it is not known, that nothing opens. */
function isWrongKey({ version, statuses, findings }: AuditReport): boolean {
  if (statuses.opened > 0) return false
  if (version?.codes.includes('key_mismatch') === true) return true
  return statuses.failed > 0 && areOfAnotherKey(Object.keys(findings))
}

function exitCodeOf(report: AuditReport): ExitCode {
  if (isWrongKey(report)) return EXIT.wrongKey
  return report.result === 'failing' ? EXIT.partial : EXIT.ok
}

/** Runs the command. */
export const run: Run = async (context) => {
  const [path] = context.args
  const { options, output } = context
  if (path !== undefined && options.text('backupVersion') !== null)
    throw new CliError('usage', 'A file has no --backup-version.')
  const audited = path === undefined ? await fromServer(context) : await fromFile(context, path)
  const { report, listed } = await performAudit(context, audited)
  const { name } = audited
  const value = { source: name, ...documentOf(report), listed }
  await output.result(value, () => textOf(name, report, listed))
  if (isWrongKey(report)) output.warn('No entry opens with this key: it is another one.')
  return exitCodeOf(report)
}
