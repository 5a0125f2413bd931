/** The completion of bash. */
import {
  type CompletionNode,
  completionNodes,
  type CompletionValue,
  flagsOf,
  flagsWithValue,
} from './words.ts'

/** What is offered in a place: an argument by its number, or a value by the flag before it. */
function placeCase(pattern: string, { kind, choices }: CompletionValue): readonly string[] {
  switch (kind) {
    case 'file':
    case 'folder':
      return [`        ${pattern}) paths=${kind} ;;`]
    case 'choice':
      return [`        ${pattern}) offered='${choices.join(' ')}' ;;`]
    case 'text':
      return []
  }
}

function nodeCase({ path, subcommands, options, args }: CompletionNode): string {
  const values = options.flatMap((option) =>
    option.value === null ? [] : placeCase(flagsOf(option).join(' | '), option.value),
  )
  const words = subcommands.map(({ word }) => word).join(' ')
  return [
    `    '${path}')`,
    `      flags='${options.flatMap(flagsOf).join(' ')}'`,
    '      case "${option:-$place}" in',
    ...values,
    ...args.flatMap((value, place) => placeCase(String(place), value)),
    ...(words === '' ? [] : [`        0) offered='${words}' ;;`]),
    '      esac ;;',
  ].join('\n')
}

/** Finds out which command it is, how many arguments there are, and which option waits for its value. */
function parsing(paths: readonly string[]): string {
  return `  # COMP_WORDS is broken at = and : too, as in URLs.
  read -a words <<< "$line"
  if [[ "$line" != *[[:space:]] ]]; then
    typed="\${words[\${#words[@]}-1]}"
    unset "words[\${#words[@]}-1]"
  fi
  for word in "\${words[@]:1}"; do
    if [[ -n "$option" ]]; then option=''; continue; fi
    case "$word" in
      ${flagsWithValue().join(' | ')}) option="$word"; continue ;;
      -*) continue ;;
    esac
    next="\${path:+$path }$word"
    case "$next" in
      ${paths.map((path) => `'${path}'`).join(' | ')}) path="$next" place=0 ;;
      *) place=$((place + 1)) ;;
    esac
  done
  if [[ "$typed" == --*=* ]]; then option="\${typed%%=*}"; fi
  if [[ "$current" == '=' ]]; then current=''; fi`
}

/** Paths are left to the shell itself, which knows how to quote them. */
const OFFERING = `  COMPREPLY=($(compgen -W "$offered" -- "$current"))
  # Bash of macOS has no compopt: it offers files where there is nothing else.
  case "$paths" in
    file) ;;
    folder) compopt +o default -o dirnames 2> /dev/null ;;
    *) compopt +o default 2> /dev/null ;;
  esac`

/** The script. */
export function bashCompletion(): string {
  const nodes = completionNodes()
  return `# bash completion of roomkeys
_roomkeys() {
  local IFS=$' \\t\\n' line="\${COMP_LINE:0:COMP_POINT}" current="\${COMP_WORDS[COMP_CWORD]}"
  local option='' path='' place=0 flags='' offered='' paths='' typed='' next word
  local -a words
${parsing(nodes.map(({ path }) => path).filter((path) => path !== ''))}
  case "$path" in
${nodes.map(nodeCase).join('\n')}
  esac
  if [[ -z "$option" && "$typed" == -* ]]; then offered="$flags" paths=''; fi
${OFFERING}
}
complete -o default -F _roomkeys roomkeys
`
}
