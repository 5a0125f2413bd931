/** What `rotate` and `migrate` have in common. */
import type { FinishedRotation, RotationReport, SourceReport } from '@roomkeys/backup/rotate'
import type { CommandContext } from '../context.ts'
import { CliError } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { confirm } from '../io/confirm.ts'
import { type OpenRotation, openRotation, type Target } from './open-rotation.ts'
import { endRotation, performRotation, sourceText } from './perform.ts'

/** Other devices look for the key there. */
const LEFT_BEHIND =
  'Secret storage will go on holding the old key, and other devices look there: better give its key or phrase, or store the new key there afterwards.'

/** A command that rotates. */
export interface RotationCommand {
  readonly target: Target
  /** What will happen, each a sentence. */
  readonly warnings: readonly string[]
}

function planLines(rotation: OpenRotation, warnings: readonly string[]): readonly string[] {
  const { current, place, isUnderWay, leavesStorageBehind } = rotation
  const { version, count, algorithm } = current
  const begins = [
    `Version ${version} has ${count} keys (${algorithm}). A new version is made, and every key copied.`,
    `The key of the new version is kept in: ${place}.`,
  ]
  return [
    ...(isUnderWay ? ['A rotation is under way: it goes on.'] : begins),
    'The old version stays as it is until you run this with --finish.',
    ...(leavesStorageBehind ? [LEFT_BEHIND] : []),
    ...warnings,
  ]
}

interface Ended {
  readonly report: RotationReport
  readonly finished: FinishedRotation | null
}

/** An old version as JSON has it. */
function sourceDocument({ version, state, entries, carried, missing, lost, listed }: SourceReport) {
  const keys = listed.map(({ roomId: room_id, sessionId: session_id, reason }) => ({
    room_id,
    session_id,
    reason,
  }))
  return { version, state, entries, carried, missing, lost, listed: keys }
}

async function tell(
  { output, command }: CommandContext,
  { report, finished }: Ended,
): Promise<ExitCode> {
  const { version, offer, sources } = report
  const isLossy = offer === 'would_lose_keys'
  const next = isLossy
    ? 'Some keys stayed behind, so the old versions were kept.'
    : `Check that all is well, then delete the old version: roomkeys ${command} --finish`
  const ends =
    finished === null
      ? [next]
      : [
          `Deleted: ${finished.deleted.join(', ') || 'nothing'}.`,
          `Kept: ${finished.kept.join(', ') || 'nothing'}.`,
        ]
  const lines = [`Version ${version} is the current one now.`, ...sources.map(sourceText), ...ends]
  const value = { version, offer, sources: sources.map(sourceDocument), finished }
  await output.result(value, () => lines.join('\n'))
  return isLossy && finished === null ? EXIT.partial : EXIT.ok
}

async function finish(context: CommandContext, rotation: OpenRotation): Promise<ExitCode> {
  if (!rotation.isUnderWay)
    throw new CliError('not_found', 'No rotation of this machine waits for its end.', {
      hint: 'Old versions are deleted with roomkeys versions delete.',
    })
  const report = await performRotation(context, rotation)
  const finished = await endRotation(context, rotation, report)
  return tell(context, { report, finished })
}

/** Runs a rotation, or ends one with `--finish`. */
export async function runRotation(
  context: CommandContext,
  { target, warnings }: RotationCommand,
): Promise<ExitCode> {
  const rotation = await openRotation(context, target)
  if (context.options.flag('finish')) return finish(context, rotation)
  const plan = { lines: planLines(rotation, warnings), question: 'Begin?' }
  if (!(await confirm(context, plan))) return EXIT.ok
  const report = await performRotation(context, rotation)
  return tell(context, { report, finished: null })
}
