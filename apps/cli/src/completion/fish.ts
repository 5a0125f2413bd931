/** The completion of fish. */
import { type CompletionNode, type CompletionOption, completionNodes, type Word } from './words.ts'

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}

function condition(path: string): string {
  return `-n "__roomkeys_at '${path}'"`
}

function wordLine(path: string, { word, text }: Word): string {
  return `complete -c roomkeys -f ${condition(path)} -a ${word} -d ${quoted(text)}`
}

function valueFlags({ value, choices }: CompletionOption): string {
  switch (value) {
    case 'file':
      return '-r -F'
    case 'folder':
      return '-x -a "(__fish_complete_directories)"'
    case 'choice':
      return `-x -a ${quoted(choices.join(' '))}`
    case 'text':
      return '-x'
    case null:
      return ''
  }
}

function optionLine(path: string, option: CompletionOption): string {
  const { word, short, text } = option
  const names = `${short === null ? '' : `-s ${short.slice(1)} `}-l ${word.slice(2)}`
  return `complete -c roomkeys ${condition(path)} ${names} ${valueFlags(option)} -d ${quoted(text)}`
}

function linesOf({ path, subcommands, options, choices }: CompletionNode): readonly string[] {
  const values = choices.map((word) => ({ word, text: '' }))
  return [
    ...[...subcommands, ...values].map((word) => wordLine(path, word)),
    ...options.map((option) => optionLine(path, option)),
  ]
}

/** The script. */
export function fishCompletion(): string {
  const nodes = completionNodes()
  const paths = nodes.map(({ path }) => quoted(path)).join(' ')
  return `# fish completion of roomkeys
function __roomkeys_at
  set -l at ''
  for word in (commandline -opc)[2..-1]
    set -l next (string trim -- "$at $word")
    contains -- $next ${paths}; and set at $next
  end
  test "$at" = "$argv[1]"
end
${nodes.flatMap(linesOf).join('\n')}
`
}
