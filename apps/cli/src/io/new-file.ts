/** The file that a command is to write: what is there already goes only after a question. */
import { lstat } from 'node:fs/promises'
import type { CommandContext } from '../context.ts'
import { confirm } from './confirm.ts'

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}

/**
 * Asks before a file is replaced.
 *
 * @returns whether to go on: `false` with `--dry-run` alone
 * @throws CliError `declined`, or `usage` when there is nobody to ask
 */
export async function mayWrite(context: CommandContext, path: string): Promise<boolean> {
  if (!(await exists(path))) return true
  return confirm(context, {
    lines: [`${path} exists and will be replaced.`],
    question: `Replace ${path}?`,
  })
}
