/** Where data goes: standard output, or the file that `--output` names. */
import type { CommandContext } from '../context.ts'
import { writeAtomically } from '../io/atomic-file.ts'
import { mayCreate } from '../io/new-file.ts'

/** Takes data. */
export type Write = (chunk: string) => Promise<void>

/** Characters that are gathered before they are written. */
const WRITE_LENGTH = 65_536

/** Gathers short texts. */
async function gathered<T>(write: Write, work: (write: Write) => Promise<T>): Promise<T> {
  let waiting: string[] = []
  let length = 0
  const flush = async (): Promise<void> => {
    const text = waiting.join('')
    waiting = []
    length = 0
    if (text !== '') await write(text)
  }
  const result = await work(async (chunk) => {
    waiting.push(chunk)
    length += chunk.length
    if (length >= WRITE_LENGTH) await flush()
  })
  await flush()
  return result
}

/**
 * Writes a file that only the owner reads, whole or not at all, after asking where there is one.
 *
 * @returns `null` when it is not to be written: `--dry-run`
 */
export async function writeFileAt<T>(
  context: CommandContext,
  path: string,
  work: (write: Write) => Promise<T>,
): Promise<T | null> {
  if (!(await mayCreate(context, path))) return null
  context.output.onInterruptSay('Nothing was written. Run the same command to start again.')
  return writeAtomically(path, (file) => gathered((chunk) => file.write(chunk), work))
}

/** Writes to the file of `--output`, or to standard output without one. */
export async function writeTo<T>(
  context: CommandContext,
  work: (write: Write) => Promise<T>,
): Promise<T | null> {
  const path = context.options.text('output')
  if (path === null || path === '-') return gathered((chunk) => context.output.data(chunk), work)
  return writeFileAt(context, path, work)
}
