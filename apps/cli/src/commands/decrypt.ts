/** `roomkeys decrypt FILE`: a snapshot as JSON lines, one an entry, offline. */
import { BackupError, type BackupEntry, type EntryOutcome, openEntries } from '@roomkeys/backup'
import type { CommandContext, Run } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { argument } from '../keys/arguments.ts'
import { countsText } from '../keys/counts.ts'
import { createOutcomeCounts, type OutcomeCounts } from '../keys/open-outcomes.ts'
import { readSnapshotKey } from '../keys/snapshot-key.ts'
import { type Write, writeTo } from '../keys/write-to.ts'
import { MAC_POLICY } from '../sources/algorithms.ts'
import { openSnapshot } from '../sources/snapshot.ts'

function lineOf(outcome: EntryOutcome): string {
  const { status, roomId: room_id, sessionId: session_id } = outcome
  if (outcome.status === 'failed')
    return JSON.stringify({ status, room_id, session_id, reason: outcome.reason })
  const { firstMessageIndex, mac, backupMac, notes, session } = outcome
  const facts = { first_message_index: firstMessageIndex, mac, backup_mac: backupMac, notes }
  return JSON.stringify({ status, room_id, session_id, ...facts, session })
}

async function writeLines(
  outcomes: AsyncIterable<EntryOutcome>,
  write: Write,
  onDone: (done: number) => void,
): Promise<OutcomeCounts> {
  const counts = createOutcomeCounts()
  for await (const outcome of outcomes) {
    counts.add(outcome)
    await write(`${lineOf(outcome)}\n`)
    onDone(counts.opened() + counts.failed.total())
  }
  return counts
}

/** Where a snapshot stops being one. */
interface Damage {
  found: boolean
}

/** The entries up to where the snapshot breaks off: what came before is not lost to it. */
async function* untilDamage(
  entries: AsyncIterable<BackupEntry>,
  damage: Damage,
): AsyncGenerator<BackupEntry> {
  try {
    yield* entries
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'malformed_keys') throw error
    damage.found = true
  }
}

function tell({ output }: CommandContext, counts: OutcomeCounts, damage: Damage): ExitCode {
  output.note(`${counts.opened()} keys opened, ${counts.failed.total()} failed.`)
  if (counts.failed.total() > 0) output.warn(`Not opened: ${countsText(counts.failed.toObject())}.`)
  if (!damage.found) return counts.exitCode()
  output.warn('The snapshot breaks off, or is damaged there: these are the entries before.')
  return EXIT.partial
}

/** Runs the command. */
export const run: Run = async (context) => {
  const { output, signal } = context
  const snapshot = await openSnapshot(argument(context, 0, 'The snapshot FILE'))
  const { algorithm, version } = snapshot
  const key = await readSnapshotKey(context, snapshot)
  const total = version?.count ?? null
  const progress = output.progress({ label: 'Decrypting', unit: 'keys', total })
  const opening = { algorithm, key, macPolicy: MAC_POLICY, signal }
  const damage: Damage = { found: false }
  try {
    const outcomes = openEntries(untilDamage(snapshot.entries(signal), damage), opening)
    const counts = await writeTo(context, (write) => writeLines(outcomes, write, progress.update))
    progress.end()
    return counts === null ? EXIT.ok : tell(context, counts, damage)
  } finally {
    progress.end()
  }
}
