/** What a command is given. */
import type { ExitCode } from './exit-codes.ts'
import type { Io } from './io/io.ts'
import type { Output } from './io/output.ts'
import type { Options } from './options.ts'

/** What a command is given: all that it may read, write or ask. */
export interface CommandContext {
  /** E.g. `versions delete`. */
  readonly command: string
  readonly io: Io
  /** Positional arguments, as many as the definition allows. */
  readonly args: readonly string[]
  readonly options: Options
  /** Aborted on Ctrl-C, with the reason `Interrupted`. */
  readonly signal: AbortSignal
  readonly output: Output
}

/** A command. Whatever it throws is told to the person and turned into an exit code. */
export type Run = (context: CommandContext) => Promise<ExitCode>
