/** What is wrong with a call, in words. What was typed is repeated only where it cannot be a secret. */
import type { CommanderError } from 'commander'
import { COMMANDS } from './commands.ts'
import { GLOBAL_OPTIONS } from './definitions/options.ts'
import { CliError } from './errors.ts'
import { nearest } from './nearest.ts'

/** The longest unknown word that is repeated: no secret is so short. */
const MAX_ECHOED = 24

function longFlag(flags: string): string {
  return /--[a-z-]+/.exec(flags)?.[0] ?? flags
}

/** The words of a call before `--`, without what follows `=`. */
function wordsOf(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--')
  return (end === -1 ? argv : argv.slice(0, end)).map((word) => word.split('=')[0] ?? word)
}

/** The definitions that a call can mean. */
function meant(argv: readonly string[]) {
  const [first = '', second = ''] = wordsOf(argv).filter((word) => !word.startsWith('-'))
  const exact = COMMANDS.filter(({ name }) => name === `${first} ${second}`)
  return exact.length > 0 ? exact : COMMANDS.filter(({ name }) => name === first)
}

function flagsOf(argv: readonly string[]): readonly string[] {
  const options = meant(argv).flatMap((definition) => definition.options)
  const flags = [...options, ...GLOBAL_OPTIONS].map(({ flags: text }) => longFlag(text))
  return [...flags, '--help', '--version']
}

/** E.g. `There is no option '--jsn'.` */
function absence(what: string, word: string): string {
  return word.length <= MAX_ECHOED ? `There is no ${what} '${word}'.` : `There is no such ${what}.`
}

function unlike(what: string, word: string, names: readonly string[]): CliError {
  const near = nearest(word, names)
  const hint = near === null ? 'See roomkeys --help.' : `Did you mean ${near}?`
  return new CliError('usage', absence(what, word), { hint })
}

function unknownOption(argv: readonly string[]): CliError | null {
  const known = flagsOf(argv)
  const isKnown = (word: string): boolean => known.includes(word)
  const wrong = wordsOf(argv).find(
    (word) => word.startsWith('-') && word.length > 2 && !isKnown(word),
  )
  return wrong === undefined ? null : unlike('option', wrong, known)
}

/** A word in the place of a command, or one argument too many. */
function unknownCommand(argv: readonly string[]): CliError {
  const [first = '', second] = wordsOf(argv).filter((word) => !word.startsWith('-'))
  const tops = Array.from(new Set(COMMANDS.map(({ name }) => name.split(' ')[0] ?? name)))
  if (!tops.includes(first)) return unlike('command', first, tops)
  const subs = COMMANDS.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) => name)
  if (subs.length > 0 && second !== undefined) return unlike('command', `${first} ${second}`, subs)
  return new CliError('usage', `${first} takes fewer arguments.`, {
    hint: `See roomkeys ${first} --help.`,
  })
}

/** The first line of the parser's own message, which names flags and arguments of the definitions. */
function firstLine({ message }: CommanderError): string {
  const line = message.replace(/^error: /, '').split('\n')[0] ?? ''
  return `${line.charAt(0).toUpperCase()}${line.slice(1)}.`
}

/** `Argument 'x' is invalid` repeats what was typed, which is left out. */
function invalidValue(error: CommanderError): CliError {
  const flag = /(?:option|value) '([^']*)'/.exec(error.message)?.[1] ?? ''
  const allowed = /Allowed choices are ([^.]*)\./.exec(error.message)?.[1] ?? ''
  return new CliError('usage', `This value is not one of: ${allowed}.`, {
    hint: flag.startsWith('-') ? `It was given for ${flag}.` : 'See --help.',
  })
}

/** What is missing: a command, or the second word of one. */
export function commandNeeded(argv: readonly string[]): CliError {
  const [first = ''] = wordsOf(argv).filter((word) => !word.startsWith('-'))
  const subs = COMMANDS.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) => name)
  const hint =
    subs.length > 0
      ? `One of: ${subs.join(', ')}.`
      : 'Start with roomkeys login, or see roomkeys --help.'
  return new CliError('usage', 'A command is needed.', { hint })
}

function unforeseen(error: CommanderError): CliError {
  return new CliError('usage', firstLine(error), { hint: 'See --help.' })
}

/** What is wrong with a call. */
export function usageError(error: CommanderError, argv: readonly string[]): CliError {
  switch (error.code) {
    case 'commander.unknownOption':
      return unknownOption(argv) ?? new CliError('usage', 'There is no such option.')
    case 'commander.unknownCommand':
    case 'commander.excessArguments':
      return unknownCommand(argv)
    case 'commander.invalidArgument':
      return invalidValue(error)
    case 'commander.missingMandatoryOptionValue':
      // A mistyped option is why a required one is missing.
      return unknownOption(argv) ?? unforeseen(error)
    default:
      return unforeseen(error)
  }
}
