/** The words that every shell completes, by what stands before them. */
import { COMMANDS, GROUPS } from '../commands.ts'
import type { CommandDefinition, OptionDefinition } from '../definition.ts'
import { GLOBAL_OPTIONS } from '../definitions/options.ts'

/** A word with what it does. */
export interface Word {
  readonly word: string
  readonly text: string
}

/** What follows some words. */
export interface CompletionNode {
  /** E.g. `versions delete`; empty for the beginning. */
  readonly path: string
  readonly subcommands: readonly Word[]
  readonly options: readonly CompletionOption[]
  /** Values of the first argument, when only these are possible. */
  readonly choices: readonly string[]
}

/** An option with what follows it. */
export interface CompletionOption extends Word {
  /** The short form, or `null`. */
  readonly short: string | null
  /** `null` for flags. */
  readonly value: 'file' | 'folder' | 'choice' | 'text' | null
  readonly choices: readonly string[]
}

function valueKind({ flags, value, choices }: OptionDefinition): CompletionOption['value'] {
  if (!flags.includes('<')) return null
  if (choices !== undefined) return 'choice'
  return value ?? 'text'
}

function completionOption(option: OptionDefinition): CompletionOption {
  const { flags, text, choices = [] } = option
  return {
    word: /--[a-z-]+/.exec(flags)?.[0] ?? flags,
    short: /^(-[a-zA-Z]),/.exec(flags)?.[1] ?? null,
    text,
    value: valueKind(option),
    choices,
  }
}

const HELP: OptionDefinition = { flags: '-h, --help', text: 'explain the command' }

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
    choices: args[0]?.choices ?? [],
  }
}

/** Groups that do nothing by themselves. */
function bareGroups(): readonly CompletionNode[] {
  return Object.keys(GROUPS)
    .filter((group) => !COMMANDS.some(({ name }) => name === group))
    .map((path) => ({
      path,
      subcommands: subcommandsOf(path),
      options: optionsOf([]),
      choices: [],
    }))
}

/** All of it; the beginning first. */
export function completionNodes(): readonly CompletionNode[] {
  const root = { path: '', subcommands: topWords(), options: optionsOf([]), choices: [] }
  return [root, ...bareGroups(), ...COMMANDS.map(nodeOf)]
}
