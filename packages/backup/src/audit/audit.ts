/**
 * Auditing a backup: a dump or a live one, in one pass, with or without keys.
 *
 * Nothing is stored, and nothing is changed. Some entries are in flight at a time; what is remembered of
 * all of them has named limits, and the report says what they cut off.
 */
import { callOptions } from '../ports/call-options.ts'
import { batchesOf } from '../batches.ts'
import type { DecryptionKey } from '../decryption-key.ts'
import type { BackupEntry } from '../entry.ts'
import { BackupError, type FailureReason } from '../errors.ts'
import { decodeEntry } from '../open-entry.ts'
import type { SessionAddress } from '../ports/room-keys-api.ts'
import {
  type AuditedEntry,
  type EntryStatus,
  isConflicting,
  oddities,
  repeatCodes,
  type Seen,
} from './audited-entry.ts'
import type { AuditFinding, FailureCode, VersionCode } from './finding.ts'
import { createFingerprints } from './fingerprints.ts'
import { type Attempt, type KeyRing, openWithKeys } from './open-with-keys.ts'
import type { AuditOptions } from './options.ts'
import { type AuditReport, createTally } from './report.ts'
import type { Entries } from '../open-beside.ts'
import { openSecondSource, type SecondSource } from './second-source.ts'
import { readFacts } from './version-facts.ts'

/** What happens in an audit, in this order; `entry` and `progress` as often as needed. */
export type AuditEvent =
  /** What the version says against itself. Comes where a version was given. */
  | { readonly type: 'version'; readonly codes: readonly VersionCode[] }
  /** An entry with something to say. Those without are counted alone. */
  | (SessionAddress & {
      readonly type: 'entry'
      readonly status: EntryStatus
      readonly findings: readonly AuditFinding[]
    })
  /** So many entries are done. */
  | { readonly type: 'progress'; readonly done: number; readonly total: number | null }
  | { readonly type: 'finished'; readonly report: AuditReport }

interface Run {
  readonly options: AuditOptions
  /** The backup's key first. */
  readonly keys: readonly DecryptionKey[]
  readonly current: DecryptionKey | null
  readonly seen: Seen
  readonly second: SecondSource | null
}

/** An entry, and what a key made of it; `null` where no key is known, and nothing is wrong with it. */
interface Tried {
  readonly entry: BackupEntry
  readonly attempt: Attempt | null
}

/** Reads what can be read without a key. A v2 entry is not decoded further than its shape. */
function readStructure(entry: BackupEntry, { algorithm }: KeyRing): Tried {
  try {
    const outcome = decodeEntry(entry, { algorithm, macKey: null, macPolicy: 'libolm' })
    if (outcome.status === 'decoded') return { entry, attempt: null }
    return { entry, attempt: { entry, outcome, key: null, backupMac: 'unchecked' } }
  } catch (error) {
    if (error instanceof BackupError && error.code === 'mac_key_missing')
      return { entry, attempt: null }
    throw error
  }
}

async function* tryAll(entries: Entries, run: Run): AsyncGenerator<readonly Tried[]> {
  const {
    options,
    keys: [first, ...others],
  } = run
  if (first === undefined)
    for await (const batch of batchesOf(entries))
      yield batch.map((entry) => readStructure(entry, options))
  else
    for await (const batch of openWithKeys(entries, [first, ...others], options))
      yield batch.map((attempt) => ({ entry: attempt.entry, attempt }))
}

const isFailureCode = (reason: FailureReason): reason is FailureCode =>
  reason !== 'mac_over_ciphertext'

function keyFindings(attempt: Attempt | null, { current }: Run): readonly AuditFinding[] {
  const key = attempt?.key ?? null
  if (key === null || key.publicKey === current?.publicKey) return []
  return [{ code: 'other_key', publicKey: key.publicKey }]
}

function failureFindings(attempt: Attempt | null): readonly AuditFinding[] {
  if (attempt?.outcome.status !== 'failed') return []
  const { reason, error } = attempt.outcome
  if (!isFailureCode(reason)) throw new TypeError('An audit accepts every MAC')
  return [{ code: reason, error }]
}

async function conflictFindings(
  { entry, attempt }: Tried,
  { second }: Run,
): Promise<readonly AuditFinding[]> {
  if (second === null || attempt?.outcome.status !== 'opened') return []
  const copies = await second.copiesOf(entry)
  return isConflicting(attempt.outcome, copies)
    ? [{ code: 'conflicting', source: second.name }]
    : []
}

function statusOf(attempt: Attempt | null, { current }: Run): EntryStatus {
  if (attempt === null) return 'read'
  if (attempt.outcome.status === 'failed') return 'failed'
  return attempt.key?.publicKey === current?.publicKey ? 'opened' : 'other_key'
}

function auditEntry(
  { entry, attempt }: Tried,
  conflicts: readonly AuditFinding[],
  run: Run,
): AuditedEntry {
  const findings = [
    failureFindings(attempt),
    keyFindings(attempt, run),
    conflicts,
    oddities(entry, attempt, repeatCodes(entry, run.seen)),
  ].flat()
  return { entry, status: statusOf(attempt, run), findings, attempt }
}

function newlySeen(): Seen {
  return {
    addresses: createFingerprints(),
    ephemeralKeys: createFingerprints(),
    omitted: { addresses: 0, ephemeralKeys: 0 },
  }
}

function inOrder({ keys = [] }: AuditOptions, current: DecryptionKey | null): Run['keys'] {
  const others = keys.filter(({ publicKey }) => publicKey !== current?.publicKey)
  return current === null ? others : [current, ...others]
}

async function* auditAll(
  entries: Entries,
  options: AuditOptions,
  second: SecondSource | null,
): AsyncGenerator<AuditEvent> {
  const read = readFacts(options)
  const { facts, current } = read
  const seen = newlySeen()
  const tally = createTally(read, options, seen)
  if (facts !== null) yield { type: 'version', codes: facts.codes }
  const run: Run = { options, keys: inOrder(options, current), current, seen, second }
  let done = 0
  for await (const batch of tryAll(entries, run)) {
    for (const tried of batch) {
      options.signal?.throwIfAborted()
      const conflicts = second === null ? [] : await conflictFindings(tried, run)
      const audited = auditEntry(tried, conflicts, run)
      tally.add(audited)
      const { entry, status, findings } = audited
      const { roomId, sessionId } = entry
      if (findings.length > 0) yield { type: 'entry', roomId, sessionId, status, findings }
    }
    done += batch.length
    yield { type: 'progress', done, total: facts?.announced ?? null }
  }
  // A source may end because of the same signal: that is no end of the entries.
  options.signal?.throwIfAborted()
  yield { type: 'finished', report: tally.report() }
}

/**
 * Audits the entries of a backup.
 *
 * @param entries - `entriesOfStream` of a dump, or `readKeys` of a live backup
 * @throws the signal's reason when it is aborted, and what the entries or the second source throw
 */
export async function* audit(entries: Entries, options: AuditOptions): AsyncGenerator<AuditEvent> {
  const { against, signal } = options
  signal?.throwIfAborted()
  const second =
    against === undefined ? null : await openSecondSource(against, callOptions(options))
  try {
    yield* auditAll(entries, options, second)
  } finally {
    second?.close()
  }
}
