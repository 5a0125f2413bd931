/** The end of a command that writes a file: what it did, and whether all of it worked. */
import type { CommandContext } from '../context.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'

/** What a command that writes a file came to. */
export interface Finished<T extends object> {
  readonly value: T
  readonly text: string
  /** What was not carried over; empty when all is well. */
  readonly failures: string
}

/**
 * Tells the result. Where the data itself goes to standard output, the result is told beside it.
 */
export async function finish<T extends object>(
  { output, options }: CommandContext,
  { value, text, failures }: Finished<T>,
): Promise<ExitCode> {
  output.onInterruptSay(null)
  if (options.text('output') === '-') output.note(text)
  else await output.result(value, () => text)
  if (failures === '') return EXIT.ok
  output.warn(failures)
  return EXIT.partial
}
