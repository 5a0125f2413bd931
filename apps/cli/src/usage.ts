/** What is wrong with a call, in words. What was typed is repeated only where it cannot be a secret. */
import type { CommanderError } from 'commander'
import { COMMANDS } from './commands.ts'
import type { CommandDefinition } from './definition.ts'
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

/** The first two words that are no flags: a command, or what was meant to be one. */
function namesIn(argv: readonly string[]): readonly [first: string, second: string | undefined] {
  const [first = '', second] = wordsOf(argv).filter((word) => !word.startsWith('-'))
  return [first, second]
}

const TOPS: readonly string[] = [...new Set(COMMANDS.map(({ name }) => name.split(' ')[0] ?? name))]

function subcommandsOf(group: string): readonly string[] {
  return COMMANDS.map(({ name }) => name).filter((name) => name.startsWith(`${group} `))
}

/** The definitions that a call can mean. */
function meant(argv: readonly string[]): readonly CommandDefinition[] {
  const [first, second = ''] = namesIn(argv)
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

/** Whose help to see: that of the command, of its group, or of all. */
function helpOf(argv: readonly string[]): string {
  const [first] = namesIn(argv)
  const name = meant(argv)[0]?.name ?? (TOPS.includes(first) ? first : null)
  return name === null ? 'See roomkeys --help.' : `See roomkeys ${name} --help.`
}

/** What was typed, and what can be typed in its place. */
interface Unlike {
  readonly what: string
  readonly word: string
  readonly names: readonly string[]
}

function unlike(argv: readonly string[], { what, word, names }: Unlike): CliError {
  const near = nearest(word, names)
  const hint = near === null ? helpOf(argv) : `Did you mean ${near}?`
  return new CliError('usage', absence(what, word), { hint })
}

/** Long flags, and those with a dash too few. What is behind a short one may be a secret. */
function unknownLongOption(argv: readonly string[]): CliError | null {
  const names = flagsOf(argv)
  const isLong = (word: string): boolean =>
    word.startsWith('--') || (/^-[^-]{2,}/.test(word) && nearest(word, names) !== null)
  const word = wordsOf(argv).find((one) => isLong(one) && !names.includes(one))
  return word === undefined ? null : unlike(argv, { what: 'option', word, names })
}

function unknownOption({ message }: CommanderError, argv: readonly string[]): CliError {
  const short = /'(-[^-'])/.exec(message)?.[1]
  const text = short === undefined ? 'There is no such option.' : absence('option', short)
  return unknownLongOption(argv) ?? new CliError('usage', text, { hint: helpOf(argv) })
}

/** A word in the place of a command, or one argument too many. */
function unknownCommand(argv: readonly string[]): CliError {
  const [first, second] = namesIn(argv)
  if (!TOPS.includes(first)) return unlike(argv, { what: 'command', word: first, names: TOPS })
  const names = subcommandsOf(first)
  if (names.length > 0 && second !== undefined && meant(argv)[0]?.name !== `${first} ${second}`)
    return unlike(argv, { what: 'command', word: `${first} ${second}`, names })
  const name = meant(argv)[0]?.name ?? first
  return new CliError('usage', `${name} takes fewer arguments.`, { hint: helpOf(argv) })
}

/**
 * Checks that there is help of what it is asked of: the parser would give that of something else.
 *
 * @throws CliError `usage`
 */
export function assertHelpExists(argv: readonly string[]): void {
  if (!argv.includes('--help') && !argv.includes('-h')) return
  const end = argv.findIndex((word) => word.startsWith('-'))
  const [first, second = ''] = argv.slice(0, end)
  if (first === undefined) return
  const names = subcommandsOf(first)
  const isKnown = names.length === 0 || second === '' || names.includes(`${first} ${second}`)
  if (!TOPS.includes(first) || !isKnown) throw unknownCommand(argv)
}

/** The first line of the parser's own message, which names flags and arguments of the definitions. */
function firstLine({ message }: CommanderError): string {
  const line = message.replace(/^error: /, '').split('\n')[0] ?? ''
  return `${line.charAt(0).toUpperCase()}${line.slice(1)}.`
}

/** `Argument 'x' is invalid` repeats what was typed, which is left out. */
function invalidValue(error: CommanderError, argv: readonly string[]): CliError {
  const flag = /(?:option|value) '([^']*)'/.exec(error.message)?.[1] ?? ''
  const allowed = /Allowed choices are ([^.]*)\./.exec(error.message)?.[1] ?? ''
  return new CliError('usage', `This value is not one of: ${allowed}.`, {
    hint: flag.startsWith('-') ? `It was given for ${flag}.` : helpOf(argv),
  })
}

/** What is missing: a command, or the second word of one. */
export function commandNeeded(argv: readonly string[]): CliError {
  const subs = subcommandsOf(namesIn(argv)[0])
  const hint =
    subs.length > 0
      ? `One of: ${subs.join(', ')}.`
      : 'Start with roomkeys login, or see roomkeys --help.'
  return new CliError('usage', 'A command is needed.', { hint })
}

function unforeseen(error: CommanderError, argv: readonly string[]): CliError {
  return new CliError('usage', firstLine(error), { hint: helpOf(argv) })
}

/** What is wrong with a call. */
export function usageError(error: CommanderError, argv: readonly string[]): CliError {
  switch (error.code) {
    case 'commander.unknownOption':
      return unknownOption(error, argv)
    case 'commander.unknownCommand':
    case 'commander.excessArguments':
      return unknownCommand(argv)
    case 'commander.invalidArgument':
      return invalidValue(error, argv)
    case 'commander.missingMandatoryOptionValue':
      // A mistyped option is why a required one is missing.
      return unknownLongOption(argv) ?? unforeseen(error, argv)
    default:
      return unforeseen(error, argv)
  }
}
