/** The completion of bash. */
import { type CompletionNode, type CompletionOption, completionNodes } from './words.ts'

function flagsOf(options: readonly CompletionOption[]): readonly string[] {
  return options.flatMap(({ word, short }) => (short === null ? [word] : [short, word]))
}

/** What follows an option that takes a value. */
function valueCase({ word, short, value, choices }: CompletionOption): string | null {
  const pattern = short === null ? word : `${short}|${word}`
  switch (value) {
    case 'file':
      return `      ${pattern}) COMPREPLY=($(compgen -f -- "$current")); return ;;`
    case 'folder':
      return `      ${pattern}) COMPREPLY=($(compgen -d -- "$current")); return ;;`
    case 'choice':
      return `      ${pattern}) COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$current")); return ;;`
    case 'text':
      return `      ${pattern}) COMPREPLY=(); return ;;`
    case null:
      return null
  }
}

function nodeCase({ path, subcommands, options, choices }: CompletionNode): string {
  const words = [...subcommands.map(({ word }) => word), ...choices]
  const values = options.map(valueCase).filter((line) => line !== null)
  return [
    `  '${path}')`,
    `    case "$previous" in`,
    ...values,
    '    esac',
    `    words='${words.join(' ')}'; flags='${flagsOf(options).join(' ')}' ;;`,
  ].join('\n')
}

/** The script. */
export function bashCompletion(): string {
  const nodes = completionNodes()
  const paths = nodes.map(({ path }) => `'${path}'`).join(' | ')
  return `# bash completion of roomkeys
_roomkeys() {
  local current previous path='' next word words='' flags=''
  current="\${COMP_WORDS[COMP_CWORD]}"
  previous="\${COMP_WORDS[COMP_CWORD-1]}"
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    next="\${path:+$path }$word"
    case "$next" in
      ${paths}) path="$next" ;;
    esac
  done
  case "$path" in
${nodes.map(nodeCase).join('\n')}
  esac
  if [[ "$current" == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$current"))
  elif [[ -n "$words" ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  else
    COMPREPLY=($(compgen -f -- "$current"))
  fi
}
complete -o filenames -F _roomkeys roomkeys
`
}
