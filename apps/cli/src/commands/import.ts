/** `roomkeys import FILE`: the keys of a key file into the backup, where it lacks them or has worse. */
import {
  exportSource,
  type KeySource,
  type LiveBackup,
  planPush,
  push,
  type SyncReport,
} from '@roomkeys/backup/diff'
import { ALGORITHMS } from '../account/algorithms.ts'
import { openVersionKey } from '../account/given-key.ts'
import type { CommandContext, Run } from '../context.ts'
import { EXIT } from '../exit-codes.ts'
import { confirm } from '../io/confirm.ts'
import { EXPORT_PASSPHRASE, readSecret } from '../io/secrets.ts'
import { argument } from '../keys/arguments.ts'
import { type Counts, countsText, createCounts } from '../keys/counts.ts'
import {
  assertKeyFile,
  type KeyFile,
  newTally,
  type ReadTally,
  sessionsOf,
} from '../keys/key-file.ts'
import { MAC_POLICY } from '../sources/algorithms.ts'
import { openServer } from '../sources/server.ts'

/** What is imported, and where to. */
interface Import {
  readonly file: KeyFile
  readonly backup: LiveBackup
}

/** The keys of the file, from its beginning. */
function sourceOf({ file }: Import, tally: ReadTally, signal: AbortSignal): KeySource {
  return exportSource(sessionsOf(file, { signal, tally }), file.path)
}

/** What would be uploaded, and why the rest would not. */
interface ImportPlan {
  readonly upload: number
  readonly differences: Counts
}

async function makePlan({ output, signal }: CommandContext, job: Import): Promise<ImportPlan> {
  const progress = output.progress({ label: 'Comparing', unit: 'differences', total: null })
  const differences = createCounts()
  let upload = 0
  try {
    for await (const event of planPush(sourceOf(job, newTally(), signal), job.backup, { signal })) {
      if (event.type !== 'difference') continue
      differences.add(event.difference.kind)
      if (event.action === 'upload') upload += 1
      progress.update(differences.total())
    }
  } finally {
    progress.end()
  }
  return { upload, differences }
}

async function perform(
  { output, signal }: CommandContext,
  job: Import,
  tally: ReadTally,
): Promise<SyncReport> {
  output.onInterruptSay('What was uploaded stays. Run the same command to upload the rest.')
  const reading = output.progress({ label: 'Reading the backup', unit: 'keys', total: null })
  const pushing = output.progress({ label: 'Importing', unit: 'keys', total: null })
  let pushed = 0
  try {
    for await (const event of push(sourceOf(job, tally, signal), job.backup, { signal })) {
      if (event.type === 'finished') {
        output.onInterruptSay(null)
        return event.report
      }
      if (event.type === 'reading') reading.update(event.read)
      if (event.type !== 'pushed') continue
      if (pushed === 0) reading.end()
      pushed += 1
      pushing.update(pushed)
    }
  } finally {
    reading.end()
    pushing.end()
  }
  throw new TypeError('A push ends with its report')
}

const GOOD: readonly string[] = ['uploaded', 'equal', 'server_better']

function failuresOf(
  pushed: SyncReport['pushed'],
  malformed: number,
): Readonly<Record<string, number>> {
  const refused = Object.entries(pushed).filter(([name]) => !GOOD.includes(name))
  return Object.fromEntries([
    ...refused,
    ...(malformed > 0 ? [['malformed', malformed] as const] : []),
  ])
}

/** What no upload would bring into the backup. */
function notImported(
  differences: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const names = ['invalid_in_a', 'conflicting']
  return Object.fromEntries(Object.entries(differences).filter(([name]) => names.includes(name)))
}

/** Shows the plan and asks; `null`: go on. */
async function mayUpload(context: CommandContext, job: Import): Promise<ImportPlan | null> {
  if (context.options.flag('yes') && !context.options.flag('dryRun')) return null
  const plan = await makePlan(context, job)
  const differences = countsText(plan.differences.toObject())
  const lines = [
    ...(differences === '' ? [] : [`a is ${job.file.path}, b the backup: ${differences}.`]),
    `${plan.upload} keys would be uploaded.`,
  ]
  if (plan.upload === 0) {
    for (const line of lines) context.output.warn(line)
    return plan
  }
  return (await confirm(context, { lines, question: 'Upload them?' })) ? null : plan
}

async function openJob(context: CommandContext): Promise<Import> {
  const path = argument(context, 0, 'The key FILE')
  await assertKeyFile(path)
  const { account, version } = await openServer(context)
  const { key } = await openVersionKey(context, account, version)
  const passphrase = await readSecret(context, EXPORT_PASSPHRASE)
  const backup = { api: account.api, key, algorithms: ALGORITHMS, macPolicy: MAC_POLICY }
  return { file: { path, passphrase }, backup }
}

/** Runs the command. */
export const run: Run = async (context) => {
  const { output } = context
  const job = await openJob(context)
  const plan = await mayUpload(context, job)
  if (plan !== null) {
    const differences = plan.differences.toObject()
    const dry_run = context.options.flag('dryRun')
    const failed = notImported(differences)
    const value = { dry_run, would_upload: plan.upload, differences, pushed: {}, failed }
    await output.result(value, () => 'Nothing was uploaded.')
    return Object.keys(failed).length === 0 ? EXIT.ok : EXIT.partial
  }
  const tally = newTally()
  const { pushed } = await perform(context, job, tally)
  const failed = failuresOf(pushed, tally.malformed)
  const value = { dry_run: false, would_upload: null, differences: null, pushed, failed }
  await output.result(value, () => `Done: ${countsText(pushed) || 'the file has no keys'}.`)
  if (Object.keys(failed).length === 0) return EXIT.ok
  output.warn(`Not imported: ${countsText(failed)}.`)
  return EXIT.partial
}
