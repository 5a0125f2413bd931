/** Shell completion: bash runs the script, the scripts of the other shells are looked at. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { bashCompletion } from '../src/completion/bash.ts'
import { fishCompletion } from '../src/completion/fish.ts'
import { completionNodes, flagsOf, flagsWithValue } from '../src/completion/words.ts'
import { zshCompletion } from '../src/completion/zsh.ts'
import { COMMANDS } from '../src/commands.ts'

describe('what is completed', () => {
  it('is every command, by the words before it', () => {
    const paths = completionNodes().map(({ path }) => path)
    expect(paths).toEqual(expect.arrayContaining(COMMANDS.map(({ name }) => name)))
    expect(new Set(paths).size).toBe(paths.length)
  })

  it('no flag takes a value in one command and none in another', () => {
    const options = completionNodes().flatMap((node) => node.options)
    const bare = options.filter(({ value }) => value === null).flatMap(flagsOf)
    expect(flagsWithValue().filter((flag) => bare.includes(flag))).toEqual([])
  })

  it('has --version at the beginning alone', () => {
    const withVersion = completionNodes().filter(({ options }) =>
      options.some(({ word }) => word === '--version'),
    )
    expect(withVersion.map(({ path }) => path)).toEqual([''])
  })
})

/** What bash offers at the end of a line; paths are told as what the shell itself is asked for. */
async function inBash(line: string): Promise<readonly string[]> {
  // The way that bash breaks words: at = and : too.
  const words = line.split(/(?<==)|(?==)|\s/).map((word) => `'${word}'`)
  const script = `${bashCompletion()}
compopt() { if [[ "$*" == *dirnames* ]]; then echo folders; else echo 'no files'; fi; }
COMP_LINE='${line}'; COMP_POINT=\${#COMP_LINE}
COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${words.length - 1}
_roomkeys; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout } = await promisify(execFile)('bash', ['-c', script])
  const offered = stdout.trim().split('\n').filter(Boolean)
  return offered.includes('no files')
    ? offered.filter((word) => word !== 'no files')
    : [...offered, 'files']
}

describe('bash', () => {
  it.each([
    ['roomkeys sta', ['status']],
    ['roomkeys versions d', ['delete']],
    ['roomkeys --json versions d', ['delete']],
    ['roomkeys versions delete --dr', ['--dry-run']],
    ['roomkeys completion ', ['bash', 'zsh', 'fish']],
    ['roomkeys completion bash ', []],
    ['roomkeys conformance --format j', ['json', 'junit']],
    ['roomkeys conformance --format=j', ['json', 'junit']],
    ['roomkeys conformance --format=', ['text', 'json', 'junit']],
    ['roomkeys key inspect --off', ['--offline']],
    ['roomkeys --vers', ['--version']],
    ['roomkeys xylo', []],
  ])('%s', async (line, offered) => {
    expect(await inBash(line)).toEqual(offered)
  })

  it.each([
    ['roomkeys key inspect --recovery-key-file ', ['files']],
    ['roomkeys export -o ', ['files']],
    ['roomkeys export --output=', ['files']],
    ['roomkeys export ', []],
    ['roomkeys decrypt ', ['files']],
    ['roomkeys decrypt a ', []],
    ['roomkeys decrypt --recovery-key-file key.txt ', ['files']],
    ['roomkeys diff a ', ['files']],
    ['roomkeys versions delete ', []],
    ['roomkeys serve --port ', []],
    ['roomkeys serve --data ', ['folders', 'files']],
    ['roomkeys login @alice:example.org --password-file ', ['files']],
    ['roomkeys versions --user show ', ['show', 'delete']],
  ])('offers paths in their places alone: %s', async (line, offered) => {
    expect(await inBash(line)).toEqual(offered)
  })

  it('leaves paths to the shell, which quotes them, and adds no slash to a command', () => {
    expect(bashCompletion()).toContain('complete -o default -F _roomkeys roomkeys')
    expect(bashCompletion()).not.toContain('-o filenames')
  })
})

/** The branch of a path in the script of zsh. */
function inZsh(path: string): readonly string[] {
  const [, after = ''] = zshCompletion().split(`\n    '${path}')\n`)
  const [branch = ''] = after.split('\n      ;;')
  return branch.split('\n').map((line) => line.trim().replace(/ \\$/, ''))
}

describe('zsh', () => {
  it('takes values after the sign, too, and a flag once', () => {
    expect(inZsh('file decrypt')).toEqual(
      expect.arrayContaining([
        `'(-o --output)-o+[the file to write, with mode 0600]:file:_files'`,
        `'(-o --output)--output=[the file to write, with mode 0600]:file:_files'`,
        `'(--format)--format=[what is written (json\\: one array)]:format:(json jsonl)'`,
        `'(-y --yes)--yes[do not ask]'`,
        `'(- *)--help[explain the command]'`,
      ]),
    )
  })

  it('a flag that may be repeated is offered again', () => {
    expect(inZsh('export')).toContain(`'*--room=[only keys of this room]:id: '`)
  })

  it.each([
    ['decrypt', [`'1:file:_files'`]],
    ['diff', [`'1:a:_files'`, `'2:b:_files'`]],
    ['completion', [`'1:shell:(bash zsh fish)'`]],
    ['versions delete', [`'1:version: '`]],
    ['key', [`'1:command: _describe -t commands command subcommands'`]],
    ['export', []],
    ['logout', []],
  ])('arguments of %s', (path, specs) => {
    expect(inZsh(path).filter((line) => /^'\d:/.test(line))).toEqual(specs)
  })

  it('describes subcommands', () => {
    expect(inZsh('key')).toContain(`'generate:make a new key and write its text form'`)
    expect(inZsh('file')).toContain(`'merge:merge two key files\\: the better of each session'`)
  })

  it('tells whether it found anything: nothing comes after _arguments', () => {
    for (const { path } of completionNodes()) {
      const lines = inZsh(path)
      const call = lines.indexOf('_arguments -s -S :')
      expect(call).toBeGreaterThanOrEqual(0)
      expect(lines.slice(call + 1).every((line) => line.startsWith("'"))).toBe(true)
    }
  })

  it('counts arguments from the command on', () => {
    expect(zshCompletion()).toContain('shift $(( last - 1 )) words\n  (( CURRENT -= last - 1 ))')
  })
})

/** The lines of a path in the script of fish, from what they depend on. */
function inFish(path: string): readonly string[] {
  const start = `complete -c roomkeys -n "__roomkeys_at '${path}'`
  const lines = fishCompletion().split('\n')
  return lines.filter((line) => line.startsWith(start)).map((line) => line.slice(start.length))
}

describe('fish', () => {
  it('offers no files but where they are due', () => {
    expect(fishCompletion().split('\n')).toContain('complete -c roomkeys -f')
    expect(inFish('decrypt')).toContain(' 0" -F')
    expect(inFish('diff')).toEqual(expect.arrayContaining([' 0" -F', ' 1" -F']))
    for (const path of ['export', 'logout', 'versions delete'])
      expect(inFish(path).filter((line) => /^ \d" -F/.test(line))).toEqual([])
  })

  it('knows what follows a flag', () => {
    expect(inFish('export')).toEqual(
      expect.arrayContaining([
        `" -s o -l output -r -F -d 'the file to write, with mode 0600'`,
        `" -l format -r -f -a 'key-export jsonl' -d 'what is written (key-export)'`,
        `" -l room -r -f -d 'only keys of this room'`,
        `" -s y -l yes -d 'do not ask'`,
      ]),
    )
    const data = inFish('serve').find((line) => line.includes('-l data '))
    expect(data).toContain("-r -f -a '(__fish_complete_directories)'")
  })

  it('offers subcommands and choices before the first argument alone', () => {
    expect(inFish('key')).toContain(` 0" -a generate -d 'make a new key and write its text form'`)
    expect(inFish('completion')).toContain(` 0" -f -a 'bash zsh fish'`)
  })

  it('takes the value of a flag for no command', () => {
    expect(fishCompletion()).toContain(`      case ${flagsWithValue().join(' ')}\n`)
  })
})
