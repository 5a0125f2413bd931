/** The file that a command is to write: what is there already goes only after a question. */
import { lstat } from 'node:fs/promises'
import type { CommandContext } from '../context.ts'
import { isNotThere } from '../system-errors.ts'
import { confirm } from './confirm.ts'
import { assertReplaceable } from './path-kind.ts'

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (isNotThere(error)) return false
    throw error
  }
}

/** Asks before a file is replaced; `false` with `--dry-run`. */
async function mayReplace(context: CommandContext, path: string): Promise<boolean> {
  await assertReplaceable(path)
  if (!(await exists(path))) return true
  return confirm(context, {
    lines: [`${path} exists and will be replaced.`],
    question: `Replace ${path}?`,
  })
}

/**
 * Whether a file is to be written: after a question where there is one already, and never with
 * `--dry-run`, which says so.
 *
 * @throws CliError `declined`, or `usage` when there is nobody to ask; `bad_file` when something else
 * than a file is there
 */
export async function mayCreate(context: CommandContext, path: string): Promise<boolean> {
  if (!(await mayReplace(context, path))) return false
  if (!context.options.flag('dryRun')) return true
  context.output.warn(`${path} would be written. This is a dry run: nothing was changed.`)
  return false
}
