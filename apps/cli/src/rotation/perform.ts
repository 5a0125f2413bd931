/** Running a rotation, with its progress, and ending it. */
import {
  finishRotation,
  type FinishedRotation,
  type OldVersions,
  rotate,
  type RotationReport,
  type SourceReport,
} from '@roomkeys/backup/rotate'
import type { CommandContext } from '../context.ts'
import { CliError } from '../errors.ts'
import { confirm } from '../io/confirm.ts'
import { countsText } from '../keys/counts.ts'
import type { OpenRotation } from './open-rotation.ts'

const HOW_TO_RESUME =
  'Nothing is lost: the old backup is as it was. Run the same command to go on where it stopped.'

function overtaken(): CliError {
  return new CliError(
    'failed',
    'Another device is filling the current version, or stopped at it.',
    {
      hint: 'Wait for it, or add --take-over to go on in its place.',
    },
  )
}

/** Runs a rotation to its report. */
export async function performRotation(
  { output, options }: CommandContext,
  rotation: OpenRotation,
): Promise<RotationReport> {
  output.onInterruptSay(HOW_TO_RESUME)
  const progress = output.progress({ label: 'Copying', unit: 'keys', total: null })
  try {
    for await (const event of rotate(rotation.options)) {
      if (event.type === 'finished') {
        output.onInterruptSay(null)
        return event.report
      }
      if (event.type === 'progress') progress.update(event.done, event.total)
      if (event.type === 'another_rotation' && !options.flag('takeOver')) throw overtaken()
    }
  } catch (error) {
    if (rotation.options.signal?.aborted !== true) output.warn(HOW_TO_RESUME)
    throw error
  } finally {
    progress.end()
  }
  throw new TypeError('A rotation ends with its report')
}

/** An old version, for people. */
export function sourceText({
  version,
  state,
  entries,
  carried,
  missing,
  lost,
}: SourceReport): string {
  const losses = countsText(lost)
  const facts = [
    `Version ${version}: ${carried} of ${entries} keys are in the new version`,
    ...(state === 'copied' ? [] : [state]),
    ...(missing > 0 ? [`${missing} were announced and not delivered`] : []),
    ...(losses === '' ? [] : [`not carried over: ${losses}`]),
  ]
  return `${facts.join('; ')}.`
}

function oldVersionsOf({ options }: CommandContext, { offer }: RotationReport): OldVersions {
  if (options.flag('keepOld')) return 'keep'
  if (offer === 'delete') return 'delete'
  if (options.flag('acceptLoss')) return 'delete_and_lose_not_carried'
  throw new CliError('failed', 'Deleting the old versions would lose keys: they were kept.', {
    hint: 'Add --keep-old to keep them for good, or --accept-loss to delete them even so.',
  })
}

/** Shows what would go, asks, and ends the rotation; `null` where it is not to be ended. */
export async function endRotation(
  context: CommandContext,
  rotation: OpenRotation,
  report: RotationReport,
): Promise<FinishedRotation | null> {
  for (const source of report.sources) context.output.warn(sourceText(source))
  const oldVersions = oldVersionsOf(context, report)
  const names = report.sources.map(({ version }) => version).join(', ')
  const plan =
    oldVersions === 'keep'
      ? { lines: [`The old versions stay: ${names}.`], question: 'End the rotation?' }
      : {
          lines: [`The old versions will be deleted with all their keys: ${names}.`],
          question: 'Delete them?',
        }
  if (!(await confirm(context, plan))) return null
  const { api, vault, journal, clock, signal } = rotation.options
  return finishRotation({ api, vault, journal, clock, ...(signal && { signal }), oldVersions })
}
