/** The completion of zsh. */
import {
  type CompletionNode,
  type CompletionOption,
  completionNodes,
  type CompletionValue,
  ENDING_OPTIONS,
  flagsOf,
  type Word,
} from './words.ts'

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/** Colons and brackets have a meaning in specifications. */
function escaped(text: string): string {
  return text.replaceAll(/[:[\]\\]/g, (character) => `\\${character}`)
}

/** A blank for an action says what is due, and offers nothing. */
function action({ kind, choices }: CompletionValue): string {
  switch (kind) {
    case 'file':
      return '_files'
    case 'folder':
      return '_files -/'
    case 'choice':
      return `(${choices.join(' ')})`
    case 'text':
      return ' '
  }
}

/** What is not offered any more once the option is there. */
function exclusions(option: CompletionOption): string {
  if (option.repeatable) return '*'
  return ENDING_OPTIONS.includes(option.word) ? '(- *)' : `(${flagsOf(option).join(' ')})`
}

/** `-o+` takes its value from the same word or the next one, `--output=` after the sign or from the next. */
function optionSpecs(option: CompletionOption): readonly string[] {
  const { text, value } = option
  const signs = value === null ? { short: '', long: '' } : { short: '+', long: '=' }
  const rest = value === null ? '' : `:${escaped(value.name)}:${action(value)}`
  return flagsOf(option).map((flag) => {
    const sign = flag.startsWith('--') ? signs.long : signs.short
    return quoted(`${exclusions(option)}${flag}${sign}[${escaped(text)}]${rest}`)
  })
}

function wordSpec({ word, text }: Word): string {
  return quoted(`${word}:${escaped(text)}`)
}

function argumentSpec(value: CompletionValue, place: number): string {
  return quoted(`${place + 1}:${escaped(value.name)}:${action(value)}`)
}

function nodeCase({ path, subcommands, options, args }: CompletionNode): string {
  const command = "'1:command: _describe -t commands command subcommands'"
  const specs = [
    ...options.flatMap(optionSpecs),
    ...(subcommands.length > 0 ? [command] : args.map(argumentSpec)),
  ]
  return [
    `    '${path}')`,
    ...(subcommands.length > 0
      ? [
          `      subcommands=(`,
          ...subcommands.map((word) => `        ${wordSpec(word)}`),
          '      )',
        ]
      : []),
    `      _arguments -s -S : \\`,
    specs.map((spec) => `        ${spec}`).join(' \\\n'),
    '      ;;',
  ].join('\n')
}

/** The script. The answer of \`_arguments\` is that of the function: whether anything was found. */
export function zshCompletion(): string {
  const nodes = completionNodes()
  const paths = nodes.flatMap(({ path }) => (path === '' ? [] : [`'${path}'`])).join(' | ')
  return `#compdef roomkeys
# zsh completion of roomkeys: _roomkeys in a folder of $fpath, or sourced after compinit
_roomkeys() {
  local at='' next
  local -i place last=1
  local -a subcommands
  for (( place = 2; place < CURRENT; place++ )); do
    next="\${at:+$at }\${words[place]}"
    case "$next" in
      ${paths}) at="$next" last=$place ;;
    esac
  done
  # What stands before the command is none of its arguments.
  shift $(( last - 1 )) words
  (( CURRENT -= last - 1 ))
  case "$at" in
${nodes.map(nodeCase).join('\n')}
  esac
}
if [[ "\${funcstack[1]}" == _roomkeys ]]; then _roomkeys "$@"; else compdef _roomkeys roomkeys; fi
`
}
