/** The parser, made from the definitions. */
import { Argument, Command, Option } from 'commander'
import { COMMANDS, GROUPS } from './commands.ts'
import type {
  ArgumentDefinition,
  CommandDefinition,
  Example,
  OptionDefinition,
} from './definition.ts'
import { GLOBAL_OPTIONS } from './definitions/options.ts'
import { EXIT, EXIT_TEXTS } from './exit-codes.ts'

/** A call, as it was parsed. */
export interface Invocation {
  readonly definition: CommandDefinition
  readonly args: readonly string[]
  /** By long flag in camel case; `--no-x` is `noX`. */
  readonly values: Readonly<Record<string, unknown>>
}

/** Where the parser writes, and whom it tells what to run. */
export interface ProgramPorts {
  readonly version: string
  readonly print: (text: string) => void
  readonly run: (invocation: Invocation) => Promise<void>
}

function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value]
}

function optionText({ text, repeatable, required }: OptionDefinition): string {
  const notes = [
    ...(repeatable === true ? ['may be repeated'] : []),
    ...(required === true ? ['required'] : []),
  ]
  return notes.length === 0 ? text : `${text} (${notes.join('; ')})`
}

/** `--no-input` → `noInput`: commander would make it `input`, which is true by default. */
function toOption(definition: OptionDefinition): Option {
  const { flags, repeatable, choices, required } = definition
  const option = new Option(flags, optionText(definition))
  if (choices !== undefined) option.choices([...choices])
  if (repeatable === true) option.argParser(collect)
  return option.makeOptionMandatory(required === true)
}

function toArgument({ name, text, optional, choices }: ArgumentDefinition): Argument {
  const argument = new Argument(optional === true ? `[${name}]` : `<${name}>`, text)
  return choices === undefined ? argument : argument.choices([...choices])
}

/** The values by their own names. */
function valuesOf(command: Command): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = command.optsWithGlobals()
  const negated = [...command.options, ...rootOf(command).options].filter(({ negate }) => negate)
  const renamed = negated.map((option) => {
    const name = option.attributeName()
    return [`no${name.charAt(0).toUpperCase()}${name.slice(1)}`, values[name] === false] as const
  })
  return { ...values, ...Object.fromEntries(renamed) }
}

function rootOf(command: Command): Command {
  return command.parent === null ? command : rootOf(command.parent)
}

function examplesText(examples: readonly Example[]): string {
  const lines = examples.map(({ line, text }) => `  # ${text}\n  ${line}`)
  return `\nExamples:\n${lines.join('\n')}`
}

/** The first example of each command of a group. */
function groupExamples(group: string): readonly Example[] {
  const commands = COMMANDS.filter(({ name }) => name.split(' ')[0] === group)
  return commands.flatMap(({ examples }) => examples.slice(0, 1))
}

function sentence(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`
}

/** Groups have examples, and a summary of all that is in them, already. */
function describe(command: Command, definition: CommandDefinition, ports: ProgramPorts): Command {
  const { name, summary, description, options, examples, args = [] } = definition
  const first = sentence(summary)
  if (!Object.hasOwn(GROUPS, name))
    command.summary(summary).addHelpText('after', examplesText(examples))
  command
    .description(description === undefined ? first : `${first}\n\n${description}`)
    .action(async () => {
      await ports.run({ definition, args: command.args, values: valuesOf(command) })
    })
  for (const option of options) command.addOption(toOption(option))
  for (const argument of args) command.addArgument(toArgument(argument))
  return command
}

function exitCodesText(): string {
  const lines = Object.entries(EXIT_TEXTS).map(
    // The entries of this very object: its keys are those of EXIT.
    ([name, text]) => `  ${String(EXIT[name as keyof typeof EXIT]).padStart(3)}  ${text}`,
  )
  return `\nExit codes:\n${lines.join('\n')}`
}

function createRoot({ version, print }: ProgramPorts): Command {
  const root = new Command('roomkeys')
    .description(
      'Get every room key out of a Matrix key backup, check it, move it.\nSecrets come from files, standard input, the environment or a prompt, never from an argument.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ writeOut: print, writeErr: () => undefined })
    .configureHelp({ showGlobalOptions: true })
    .allowExcessArguments(false)
    .addHelpText('after', `${exitCodesText()}\n\nStart with: roomkeys login @alice:example.org`)
  for (const option of GLOBAL_OPTIONS) root.addOption(toOption(option))
  return root
}

/** A group, made when its first command comes. */
function groupOf(root: Command, name: string): Command {
  const there = root.commands.find((command) => command.name() === name)
  if (there !== undefined) return there
  const summary = GROUPS[name] ?? ''
  return root
    .command(name)
    .summary(summary)
    .description(sentence(summary))
    .helpCommand(false)
    .allowExcessArguments(false)
    .addHelpText('after', examplesText(groupExamples(name)))
}

/** Where a definition goes: `versions delete` into a group, `versions` is one itself, others are alone. */
function place(root: Command, { name }: CommandDefinition): Command {
  const [first = name, second] = name.split(' ')
  if (second !== undefined) return groupOf(root, first).command(second)
  return Object.hasOwn(GROUPS, first) ? groupOf(root, first) : root.command(first)
}

/** Makes the parser. Parsing rejects with a `CommanderError` where the call is wrong. */
export function createProgram(ports: ProgramPorts): Command {
  const root = createRoot(ports)
  for (const definition of COMMANDS) describe(place(root, definition), definition, ports)
  return root
}
