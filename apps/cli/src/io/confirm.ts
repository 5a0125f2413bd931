/** Before something goes that cannot come back: what will happen, and a question. */
import type { CommandContext } from '../context.ts'
import { CliError } from '../errors.ts'
import { askYes } from './prompt.ts'
import { canAsk } from './secrets.ts'

/** What is about to happen. */
export interface Plan {
  /** Each a sentence. */
  readonly lines: readonly string[]
  /** E.g. `Delete version 3?` */
  readonly question: string
}

/**
 * Shows a plan and asks. With `--yes` nobody is asked; with `--dry-run` nothing happens.
 *
 * @returns whether to go on: `false` with `--dry-run` alone
 * @throws CliError `declined`, or `usage` when there is nobody to ask
 */
export async function confirm(
  context: CommandContext,
  { lines, question }: Plan,
): Promise<boolean> {
  const { options, output } = context
  for (const line of lines) output.warn(line)
  if (options.flag('dryRun')) {
    output.warn('This is a dry run: nothing was changed.')
    return false
  }
  if (options.flag('yes')) return true
  if (!canAsk(context))
    throw new CliError('usage', 'This needs a confirmation, and there is nobody to ask.', {
      hint: 'Add --yes to go on, or --dry-run to only look.',
    })
  if (await askYes(context, question)) return true
  throw new CliError('declined', 'Nothing was changed.')
}
