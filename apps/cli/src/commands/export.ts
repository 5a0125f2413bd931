/** `roomkeys export -o FILE`: every key of the backup, or of a snapshot, into a file that clients import. */
import { type EntryOutcome, openEntries } from '@roomkeys/backup'
import type { ExportedSessionData } from '@roomkeys/types'
import type { CommandContext, Run } from '../context.ts'
import { CliError } from '../errors.ts'
import { EXIT } from '../exit-codes.ts'
import type { Progress } from '../io/progress.ts'
import { required } from '../keys/arguments.ts'
import { countsText } from '../keys/counts.ts'
import { finish } from '../keys/finish.ts'
import { newPassphrase } from '../keys/new-passphrase.ts'
import { createOutcomeCounts, type OutcomeCounts } from '../keys/open-outcomes.ts'
import { filterOf, type SessionFilter } from '../keys/session-filter.ts'
import { nothingToWrite, writeKeyFile } from '../keys/write-key-file.ts'
import { type Write, writeTo } from '../keys/write-to.ts'
import { MAC_POLICY } from '../sources/algorithms.ts'
import { type EncryptedKeys, openEncryptedKeys } from '../sources/encrypted-keys.ts'

/** The sessions that open; what does not is counted. */
async function* openedSessions(
  outcomes: AsyncIterable<EntryOutcome>,
  counts: OutcomeCounts,
  progress: Progress,
): AsyncGenerator<ExportedSessionData> {
  for await (const outcome of outcomes) {
    counts.add(outcome)
    progress.update(counts.opened() + counts.failed.total())
    if (outcome.status === 'opened') yield outcome.session
  }
}

async function writeJsonLines(
  sessions: AsyncIterable<ExportedSessionData>,
  write: Write,
): Promise<void> {
  for await (const session of sessions) await write(`${JSON.stringify(session)}\n`)
}

async function writeSessions(
  context: CommandContext,
  keys: EncryptedKeys,
  { passphrase, filter }: { readonly passphrase: string | null; readonly filter: SessionFilter },
): Promise<OutcomeCounts | null> {
  const { output, signal } = context
  const counts = createOutcomeCounts()
  const progress = output.progress({ label: 'Exporting', unit: 'keys', total: keys.total(filter) })
  const { algorithm, key } = keys
  const opening = { algorithm, key, macPolicy: MAC_POLICY, signal }
  try {
    const outcomes = openEntries(keys.entries(filter, filterOf(filter), signal), opening)
    const sessions = openedSessions(outcomes, counts, progress)
    return await writeTo(context, async (write) => {
      if (passphrase === null) await writeJsonLines(sessions, write)
      else await writeKeyFile(sessions, { passphrase, write, signal })
      if (counts.opened() === 0) throw nothingToWrite()
      return counts
    })
  } catch (error) {
    if (counts.exitCode() === EXIT.wrongKey)
      throw new CliError('wrong_key', 'No entry opens with this key: nothing was written.')
    throw error
  } finally {
    progress.end()
  }
}

/** Runs the command. */
export const run: Run = async (context) => {
  const { options } = context
  const target = required(context, 'output', '--output')
  const filter = { rooms: options.list('room'), sessions: options.list('session') }
  const format = options.text('format') ?? 'key-export'
  const keys = await openEncryptedKeys(context)
  const passphrase = format === 'jsonl' ? null : await newPassphrase(context)
  const counts = await writeSessions(context, keys, { passphrase, filter })
  if (counts === null) return EXIT.ok
  const failed = counts.failed.toObject()
  const exported = counts.opened()
  return finish(context, {
    value: { source: keys.name, output: target, format, exported, failed },
    text:
      passphrase === null
        ? `${exported} keys written to ${target}. They are in the clear: keep them safe.`
        : `${exported} keys written to ${target}.`,
    failures: counts.failed.total() > 0 ? `Not exported: ${countsText(failed)}.` : '',
  })
}
