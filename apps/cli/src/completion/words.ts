/** The words that every shell completes, by what stands before them. */
import { COMMANDS, GROUPS } from '../commands.ts'
import type { ArgumentDefinition, CommandDefinition, OptionDefinition } from '../definition.ts'
import { GLOBAL_OPTIONS } from '../definitions/options.ts'

/** A word with what it does. */
export interface Word {
  readonly word: string
  readonly text: string
}

/** What an argument, or the value of an option, can be. */
export interface CompletionValue {
  /** What it is called, e.g. `file`. */
  readonly name: string
  /** `text` is anything: shells have nothing to offer for it. */
  readonly kind: 'file' | 'folder' | 'choice' | 'text'
  /** All that a `choice` can be. */
  readonly choices: readonly string[]
}

/** What follows some words. */
export interface CompletionNode {
  /** E.g. `versions delete`; empty for the beginning. */
  readonly path: string
  readonly subcommands: readonly Word[]
  readonly options: readonly CompletionOption[]
  /** By their place. What comes after the last one is wrong. */
  readonly args: readonly CompletionValue[]
}

/** An option with what follows it. */
export interface CompletionOption extends Word {
  /** The short form, or `null`. */
  readonly short: string | null
  /** May be given several times. */
  readonly repeatable: boolean
  /** `null` for flags. */
  readonly value: CompletionValue | null
}

/** Options that print something instead of doing anything. */
export const ENDING_OPTIONS: readonly string[] = ['--help', '--version']

const HELP: OptionDefinition = { flags: '-h, --help', text: 'explain the command' }
const VERSION: OptionDefinition = { flags: '-V, --version', text: 'print the version' }

function valueOf(
  name: string,
  { choices, value }: Pick<ArgumentDefinition, 'choices' | 'value'>,
): CompletionValue {
  if (choices !== undefined) return { name, kind: 'choice', choices }
  return { name, kind: value ?? 'text', choices: [] }
}

function completionOption(option: OptionDefinition): CompletionOption {
  const { flags, text, repeatable = false } = option
  const name = /<(.+)>/.exec(flags)?.[1]
  return {
    word: /--[a-z-]+/.exec(flags)?.[0] ?? flags,
    short: /^(-[a-zA-Z]),/.exec(flags)?.[1] ?? null,
    text,
    repeatable,
    value: name === undefined ? null : valueOf(name, option),
  }
}

function optionsOf(options: readonly OptionDefinition[]): readonly CompletionOption[] {
  return [...options, ...GLOBAL_OPTIONS, HELP].map(completionOption)
}

function subcommandsOf(group: string): readonly Word[] {
  return COMMANDS.filter(({ name }) => name.startsWith(`${group} `)).map(({ name, summary }) => ({
    word: name.slice(group.length + 1),
    text: summary,
  }))
}

function topWords(): readonly Word[] {
  const alone = COMMANDS.filter(({ name }) => !name.includes(' ') && !Object.hasOwn(GROUPS, name))
  const groups = Object.entries(GROUPS).map(([word, text]) => ({ word, text }))
  return [...alone.map(({ name, summary }) => ({ word: name, text: summary })), ...groups]
}

function nodeOf({ name, options, args = [] }: CommandDefinition): CompletionNode {
  return {
    path: name,
    subcommands: subcommandsOf(name),
    options: optionsOf(options),
    args: args.map((argument) => valueOf(argument.name, argument)),
  }
}

/** Groups that do nothing by themselves. */
function bareGroups(): readonly CompletionNode[] {
  return Object.keys(GROUPS)
    .filter((group) => !COMMANDS.some(({ name }) => name === group))
    .map((path) => ({ path, subcommands: subcommandsOf(path), options: optionsOf([]), args: [] }))
}

/** All of it; the beginning first. */
export function completionNodes(): readonly CompletionNode[] {
  const root = { path: '', subcommands: topWords(), options: optionsOf([VERSION]), args: [] }
  return [root, ...bareGroups(), ...COMMANDS.map(nodeOf)]
}

/** The flags of an option, the short one first. */
export function flagsOf({ word, short }: CompletionOption): readonly string[] {
  return short === null ? [word] : [short, word]
}

/** The flags of any command that a value follows: in no command, one of them is without. */
export function flagsWithValue(): readonly string[] {
  const options = completionNodes().flatMap((node) => node.options)
  const flags = options.filter(({ value }) => value !== null).flatMap(flagsOf)
  return [...new Set(flags)].toSorted()
}
