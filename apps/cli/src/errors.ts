/** The errors of the command: a failure with its exit code, in words for people. */
import { EXIT, type ExitCode } from './exit-codes.ts'

/** What went wrong. */
export type CliErrorCode =
  /** Wrong arguments, or a question that nobody can answer. */
  | 'usage'
  /** No sign-in, or a refused one. */
  | 'sign_in'
  | 'wrong_key'
  | 'not_found'
  /** The person said no. */
  | 'declined'
  /** A file that others can read, is there already, or is none of ours. */
  | 'bad_file'
  /** The homeserver of a user id cannot be found. */
  | 'discovery'
  /** Anything else that was expected to fail sometimes. */
  | 'failed'

const EXIT_OF: Readonly<Record<CliErrorCode, ExitCode>> = {
  usage: EXIT.usage,
  sign_in: EXIT.signIn,
  wrong_key: EXIT.wrongKey,
  not_found: EXIT.notFound,
  declined: EXIT.error,
  bad_file: EXIT.error,
  discovery: EXIT.signIn,
  failed: EXIT.error,
}

/** Options of {@link CliError}. */
export interface CliErrorOptions extends ErrorOptions {
  /** What to do next, as a sentence. */
  readonly hint?: string
  readonly retryable?: boolean
}

/** A failure that is told in words. Its message holds no secret. */
export class CliError extends Error {
  override readonly name = 'CliError'
  readonly code: CliErrorCode
  /** What to do next, or `null`. */
  readonly hint: string | null
  /** Whether the same command may succeed later. */
  readonly retryable: boolean
  readonly exitCode: ExitCode

  constructor(code: CliErrorCode, message: string, options: CliErrorOptions = {}) {
    super(message, options)
    this.code = code
    this.hint = options.hint ?? null
    this.retryable = options.retryable ?? false
    this.exitCode = EXIT_OF[code]
  }
}

/** Ctrl-C: the reason that every signal of the command is aborted with. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
  readonly code = 'interrupted'
  readonly retryable = true

  constructor() {
    super('Interrupted')
  }
}

/** Whoever read standard output is gone, as `head` is once it has its lines. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed'
  readonly code = 'output_closed'
  readonly retryable = true

  constructor() {
    super('Nobody reads standard output any more')
  }
}
