/** A call of the command, from its arguments to its exit code. */
import { CommanderError } from 'commander'
import { Interrupted, OutputClosed } from './errors.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { explain } from './explain.ts'
import type { Io } from './io/io.ts'
import { createOutput, JSON_VERSION, type OwnedOutput, printable } from './io/output.ts'
import { styleOf } from './io/style.ts'
import { write } from './io/write.ts'
import { createOptions } from './options.ts'
import { createProgram, type Invocation } from './program.ts'
import { refuseSecrets } from './refuse-secrets.ts'
import { assertHelpExists, commandNeeded, usageError } from './usage.ts'
import { readVersion } from './version.ts'

/** Whether a failure is to be told as JSON: known before anything is parsed. */
function wantsJson(argv: readonly string[]): boolean {
  return argv.includes('--json')
}

function tell(io: Io, argv: readonly string[], error: unknown): ExitCode {
  const { exitCode, code, message, hint } = explain(error)
  const style = styleOf(io, 'stderr')
  const told = { roomkeys: JSON_VERSION, error: { code, message, hint, exit_code: exitCode } }
  const text = `${style('red', 'error:')} ${printable(message)}${hint === null ? '' : `\n${printable(hint)}`}`
  io.stderr.write(`${wantsJson(argv) ? JSON.stringify(told) : text}\n`)
  return exitCode
}

/** Ctrl-C and a reader that went away are not failures of the command. */
function ending(io: Io, { interruptText }: OwnedOutput, error: unknown): ExitCode | null {
  if (error instanceof OutputClosed) return EXIT.error
  if (!(error instanceof Interrupted)) return null
  const text = interruptText()
  io.stderr.write(`Interrupted.${text === null ? '' : ` ${printable(text)}`}\n`)
  return EXIT.interrupted
}

async function perform(io: Io, argv: readonly string[], invocation: Invocation): Promise<ExitCode> {
  const { definition, args, values } = invocation
  const options = createOptions(values)
  const command = definition.name
  const owned = createOutput(io, {
    command,
    json: options.flag('json'),
    quiet: options.flag('quiet'),
  })
  const aborter = new AbortController()
  const stopListening = io.onInterrupt(() => {
    aborter.abort(new Interrupted())
  })
  const { signal } = aborter
  try {
    const { run: runCommand } = await definition.load()
    const exitCode = await runCommand({ command, io, args, options, signal, output: owned.output })
    // A command that ends well although it was interrupted had nothing left to do.
    return exitCode
  } catch (error) {
    // Layers below may wrap the reason of the signal.
    const cause: unknown = signal.aborted ? signal.reason : error
    return ending(io, owned, cause) ?? tell(io, argv, error)
  } finally {
    stopListening()
  }
}

/** The parser ends with an error when it has printed what was asked for, too. */
function isAnswer(error: unknown): boolean {
  const answers = ['commander.helpDisplayed', 'commander.version']
  return error instanceof CommanderError && answers.includes(error.code)
}

async function parse(argv: readonly string[], io: Io): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok
  let printed = ''
  const program = createProgram({
    version: readVersion(),
    print: (text) => {
      printed += text
    },
    run: async (invocation) => {
      exitCode = await perform(io, argv, invocation)
    },
  })
  try {
    await program.parseAsync([...argv], { from: 'user' })
  } catch (error) {
    if (!isAnswer(error)) throw error
    await write(io.stdout, printed)
  }
  return exitCode
}

/** Help that was not asked for goes where errors go. */
function parserEnding(io: Io, argv: readonly string[], error: CommanderError): ExitCode {
  if (error.code === 'commander.help') return tell(io, argv, commandNeeded(argv))
  return tell(io, argv, usageError(error, argv))
}

/** `help export` is `export --help`. */
function withoutHelpWord(argv: readonly string[]): readonly string[] {
  return argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv
}

/** Runs the command. Never rejects: every failure is told. */
export async function run(words: readonly string[], io: Io): Promise<ExitCode> {
  const argv = withoutHelpWord(words)
  try {
    refuseSecrets(argv)
    assertHelpExists(argv)
    return await parse(argv, io)
  } catch (error) {
    if (error instanceof CommanderError) return parserEnding(io, argv, error)
    if (error instanceof OutputClosed) return EXIT.error
    return tell(io, argv, error)
  }
}
