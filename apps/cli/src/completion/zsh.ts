/** The completion of zsh. */
import { type CompletionNode, type CompletionOption, completionNodes, type Word } from './words.ts'

/** Colons and brackets have a meaning in specifications. */
function escaped(text: string): string {
  return text.replaceAll("'", '’').replaceAll(/[:[\]\\]/g, (character) => `\\${character}`)
}

function action({ value, choices }: CompletionOption): string {
  switch (value) {
    case 'file':
      return ':file:_files'
    case 'folder':
      return ':folder:_files -/'
    case 'choice':
      return `:value:(${choices.join(' ')})`
    case 'text':
      return ':value:'
    case null:
      return ''
  }
}

function optionSpec(option: CompletionOption): string {
  const { word, short, text } = option
  const rest = `[${escaped(text)}]${action(option)}`
  return short === null ? `'*${word}${rest}'` : `'*'{${short},${word}}'${rest}'`
}

function wordSpec({ word, text }: Word): string {
  return `'${word}:${escaped(text)}'`
}

function nodeCase({ path, subcommands, options, choices }: CompletionNode): string {
  const words = [...subcommands, ...choices.map((word) => ({ word, text: word }))]
  const rest = words.length === 0 ? "'*:file:_files'" : "'*:: :->words'"
  return [
    `    '${path}')`,
    `      words_here=(${words.map(wordSpec).join(' ')})`,
    `      _arguments -s ${options.map(optionSpec).join(' ')} ${rest} ;;`,
  ].join('\n')
}

/** The script. */
export function zshCompletion(): string {
  const nodes = completionNodes()
  const paths = nodes.map(({ path }) => `'${path}'`).join(' | ')
  return `#compdef roomkeys
# zsh completion of roomkeys
_roomkeys() {
  local at='' next word state
  local -a words_here
  for word in "\${(@)words[2,CURRENT-1]}"; do
    next="\${at:+$at }$word"
    case "$next" in
      ${paths}) at="$next" ;;
    esac
  done
  case "$at" in
${nodes.map(nodeCase).join('\n')}
  esac
  [[ "$state" == words ]] && _describe 'command' words_here
}
if [[ "$funcstack[1]" == _roomkeys ]]; then _roomkeys "$@"; else compdef _roomkeys roomkeys; fi
`
}
