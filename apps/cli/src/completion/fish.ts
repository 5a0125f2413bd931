/** The completion of fish. */
import {
  type CompletionNode,
  type CompletionOption,
  completionNodes,
  type CompletionValue,
  flagsWithValue,
  type Word,
} from './words.ts'

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

/** After the words of a path, and so many arguments. */
function condition(path: string, place?: number): string {
  const at = `__roomkeys_at '${path}'${place === undefined ? '' : ` ${place}`}`
  return `complete -c roomkeys -n "${at}"`
}

function wordLine(path: string, { word, text }: Word): string {
  return `${condition(path, 0)} -a ${word} -d ${quoted(text)}`
}

/** What is offered for a value. Files come by themselves where `-f` does not keep them away. */
function offered({ kind, choices }: CompletionValue): string {
  switch (kind) {
    case 'file':
      return '-F'
    case 'folder':
      return "-f -a '(__fish_complete_directories)'"
    case 'choice':
      return `-f -a ${quoted(choices.join(' '))}`
    case 'text':
      return '-f'
  }
}

function argumentLine(path: string, value: CompletionValue, place: number): string {
  return `${condition(path, place)} ${offered(value)}`
}

function optionLine(path: string, { word, short, text, value }: CompletionOption): string {
  return [
    condition(path),
    ...(short === null ? [] : [`-s ${short.slice(1)}`]),
    `-l ${word.slice(2)}`,
    ...(value === null ? [] : ['-r', offered(value)]),
    `-d ${quoted(text)}`,
  ].join(' ')
}

function linesOf({ path, subcommands, options, args }: CompletionNode): readonly string[] {
  return [
    ...subcommands.map((word) => wordLine(path, word)),
    ...args.map((value, place) => argumentLine(path, value, place)),
    ...options.map((option) => optionLine(path, option)),
  ]
}

/** The script. Files are offered in their places alone. */
export function fishCompletion(): string {
  const nodes = completionNodes()
  const paths = nodes.flatMap(({ path }) => (path === '' ? [] : [quoted(path)])).join(' ')
  return `# fish completion of roomkeys
function __roomkeys_at --argument-names path place
  set -l at ''
  set -l count 0
  set -l option ''
  for word in (commandline -opc)[2..-1]
    if test -n "$option"
      set option ''
      continue
    end
    switch $word
      case ${flagsWithValue().join(' ')}
        set option $word
        continue
      case '-*'
        continue
    end
    set -l next (string trim -- "$at $word")
    if contains -- $next ${paths}
      set at $next
      set count 0
    else
      set count (math $count + 1)
    end
  end
  test "$at" = "$path"; and test -z "$place" -o "$count" = "$place"
end
complete -c roomkeys -f
${nodes.flatMap(linesOf).join('\n')}
`
}
