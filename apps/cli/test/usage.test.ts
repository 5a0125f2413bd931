import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { COMMANDS, GROUPS } from '../src/commands.ts'
import { EXIT } from '../src/exit-codes.ts'
import { strangeKey } from './account.ts'
import { call, documentOf } from './world.ts'

const world = { home: tmpdir() }
/** Looks like a real one, and is a canary. */
const KEY = strangeKey()
const TOKEN = 'syt_YWxpY2U_CanaryCanaryCanary_0aBcDe'

describe('unknown words', () => {
  it.each([
    [['stauts'], 'status'],
    [['versions', 'deleet', '3'], 'versions delete'],
    [['sercet', 'list'], 'secret'],
    [['secret', 'lst'], 'secret list'],
    [['status', '--jsn'], '--json'],
    [['export', '--ouput', 'x'], '--output'],
    [['versions', 'delete', '3', '--dryrun'], '--dry-run'],
    [['status', '-json'], '--json'],
    [['key', 'gen'], 'key generate'],
    [['conf', 'http://localhost'], 'conformance'],
    [['stauts', '--help'], 'status'],
    [['key', 'inspekt', '--help'], 'key inspect'],
    [['help', 'exprot'], 'export'],
    [['help', 'key', 'inspekt'], 'key inspect'],
  ])('%j suggests %s', async (argv, suggestion) => {
    const { code, stderr, stdout } = await call(argv, world)
    expect(code).toBe(EXIT.usage)
    expect(stderr).toContain(`Did you mean ${suggestion}?`)
    expect(stdout).toBe('')
  })

  it('suggests nothing far-fetched', async () => {
    for (const [argv, hint] of [
      [['xylophone'], 'See roomkeys --help.'],
      [['key', 'xylophone'], 'See roomkeys key --help.'],
      [['export', '--nope'], 'See roomkeys export --help.'],
      [['versions', 'delete', '3', '--nope'], 'See roomkeys versions delete --help.'],
    ] as const) {
      const { code, stderr } = await call(argv, world)
      expect(code).toBe(EXIT.usage)
      expect(stderr.trim().split('\n').at(-1)).toBe(hint)
    }
  })

  it.each([
    [['status', '-x'], "There is no option '-x'."],
    [['status', '-qx'], "There is no option '-x'."],
    [['export', '-qo'], 'argument missing'],
    [['login', '-pcanary'], "There is no option '-p'."],
  ])('%j names the short option, and nothing behind it', async (argv, told) => {
    const { code, stderr } = await call(argv, world)
    expect(code).toBe(EXIT.usage)
    expect(stderr).toContain(told)
    expect(stderr).not.toContain('canary')
  })

  it.each([
    [['export'], 'See roomkeys export --help.'],
    [['decrypt'], 'See roomkeys decrypt --help.'],
    [['file', 'merge', 'a'], 'See roomkeys file merge --help.'],
    [['completion', 'tcsh'], 'See roomkeys completion --help.'],
    [['status', '--homeserver'], 'See roomkeys status --help.'],
  ])('%j says whose help to see', async (argv, hint) => {
    const { code, stderr } = await call(argv, world)
    expect(code).toBe(EXIT.usage)
    expect(stderr).toContain(hint)
  })

  it('a number that is none is wrong usage, signed in or not', async () => {
    for (const limit of ['x', '-1', '1.5']) {
      const { code, stderr } = await call(['versions', `--limit=${limit}`], world)
      expect(code).toBe(EXIT.usage)
      expect(stderr).toContain('--limit takes a whole number.')
    }
  })

  it.each([
    [['versions', 'delete']],
    [['versions', 'delete', '1', '2']],
    [['completion', 'tcsh']],
    [['status', '--homeserver']],
    [['serve', '--registration', 'maybe']],
    [[]],
  ])('%j is wrong usage', async (argv) => {
    const { code, stdout } = await call(argv, world)
    expect(code).toBe(EXIT.usage)
    expect(stdout).toBe('')
  })

  it('a group alone names its commands', async () => {
    const { code, stderr } = await call(['secret'], world)
    expect(code).toBe(EXIT.usage)
    expect(stderr).toContain('One of: secret list, secret get, secret store.')
  })

  it('tells failures as JSON with --json', async () => {
    const { code, stderr } = await call(['stauts', '--json'], world)
    expect(code).toBe(EXIT.usage)
    expect(JSON.parse(stderr)).toEqual({
      roomkeys: 1,
      error: {
        code: 'usage',
        message: "There is no command 'stauts'.",
        hint: 'Did you mean status?',
        exit_code: EXIT.usage,
      },
    })
  })
})

describe('secrets in arguments', () => {
  const flags = [
    '--recovery-key',
    '--recovery_key',
    '--Recovery-Key',
    '--password',
    '--passphrase',
    '--access-token',
    '--token',
    '--secret',
    '--key',
    '--security-key',
    '-recovery-key',
    '--recoverykey',
    '--RecoveryKey',
    '--accessToken',
    '--passwd',
    '--pass',
    '--phrase',
    '--recovery-passphrase',
  ]
  it.each(flags)('%s is refused with the reason and the right way', async (flag) => {
    for (const argv of [
      ['status', flag, KEY],
      ['status', `${flag}=${KEY}`],
    ]) {
      const { code, stderr, stdout } = await call(argv, world)
      expect(code).toBe(EXIT.usage)
      expect(stderr).toContain('can see the arguments')
      expect(stderr).toMatch(/Use .*(FILE|file)/)
      expect(stderr + stdout).not.toContain(KEY)
    }
  })

  it('a flag for a secret is refused whatever its value is', async () => {
    for (const flag of flags) {
      const { code, stderr } = await call(['login', `${flag}=hunter2`], world)
      expect(code).toBe(EXIT.usage)
      expect(stderr, flag).toContain('can see the arguments')
      expect(stderr).not.toContain('hunter2')
    }
  })

  it.each([
    [['key', 'inspect', KEY]],
    [['key', 'inspect', KEY.replaceAll(' ', '')]],
    [['decrypt', KEY]],
    [['status', `--recoverykey=${KEY}`]],
    [['status', `--homeserver=${TOKEN}`]],
    [['status', '--homeserver', 'https://alice:canary-password@example.org']],
    [[TOKEN]],
    [['serve', '--database', 'postgres://u:canary-password@localhost/db']],
  ])('a secret elsewhere is refused, and not repeated (%#)', async (argv) => {
    const { code, stderr, stdout } = await call(argv, world)
    expect(code).toBe(EXIT.usage)
    for (const secret of [KEY, KEY.replaceAll(' ', ''), TOKEN, 'canary-password'])
      expect(stderr + stdout).not.toContain(secret)
  })

  it('an unknown option does not repeat its value', async () => {
    const { stderr } = await call(['status', '--recoverykee=canary value'], world)
    expect(stderr).not.toContain('canary')
  })

  it('an unknown long word is not repeated', async () => {
    const { stderr } = await call(['canary-canary-canary-canary-canary'], world)
    expect(stderr).not.toContain('canary')
  })
})

describe('help', () => {
  it.each(COMMANDS.map(({ name, examples }) => ({ name, examples })))(
    '$name has an example that parses',
    async ({ name, examples }) => {
      const { code, stdout } = await call([...name.split(' '), '--help'], world)
      expect(code).toBe(EXIT.ok)
      expect(examples.length).toBeGreaterThan(0)
      expect(stdout).toContain(examples[0]?.line)
    },
  )

  it.each(Object.keys(GROUPS))('%s, a group, has what its commands have', async (group) => {
    const commands = COMMANDS.filter(({ name }) => name.startsWith(`${group} `))
    const { code, stdout } = await call([group, '--help'], world)
    expect(code).toBe(EXIT.ok)
    expect(stdout).toMatch(/\n\n[A-Z].*\.\n/)
    for (const { name, examples } of commands) {
      expect(stdout).toContain(`\n  ${name.slice(group.length + 1)} `)
      expect(stdout).toContain(examples[0]?.line)
    }
  })

  it('a command that has subcommands tells its own options', async () => {
    const { stdout } = await call(['versions', '--help'], world)
    expect(stdout).toContain('--limit <n>')
    expect(stdout).toContain('--homeserver <url>')
    expect(stdout).toContain('List the versions of the backup')
  })

  it('tells which options are required, and which may be repeated', async () => {
    const { stdout } = await call(['export', '--help'], world)
    const flat = stdout.replaceAll(/\s+/g, ' ')
    expect(flat).toContain('the file to write, with mode 0600 (required)')
    expect(flat).toContain('only keys of this room (may be repeated)')
  })

  it.each([
    [['help'], ['--help']],
    [
      ['help', 'export'],
      ['export', '--help'],
    ],
    [
      ['help', 'versions', 'delete'],
      ['versions', 'delete', '--help'],
    ],
    [
      ['help', 'key'],
      ['key', '--help'],
    ],
  ])('%j is %j', async (argv, same) => {
    const { code, stdout, stderr } = await call(argv, world)
    expect({ code, stderr }).toEqual({ code: EXIT.ok, stderr: '' })
    expect(stdout).toBe((await call(same, world)).stdout)
  })

  it('every command loads', async () => {
    const modules = await Promise.all(COMMANDS.map(({ load }) => load()))
    expect(modules.every(({ run }) => typeof run === 'function')).toBe(true)
  })

  it('prints the version', async () => {
    const { code, stdout } = await call(['--version'], world)
    expect([code, stdout]).toEqual([EXIT.ok, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)])
  })
})

describe('offline commands', () => {
  it('key inspect --offline tells the public key', async () => {
    const outcome = await call(['key', 'inspect', '--offline', '--json'], {
      ...world,
      env: { MATRIX_RECOVERY_KEY: KEY },
    })
    expect(outcome.code).toBe(EXIT.ok)
    expect(documentOf(outcome)).toMatchObject({
      roomkeys: 1,
      command: 'key inspect',
      identity: null,
    })
    expect(outcome.stdout).not.toContain(KEY)
  })

  it.each([
    ['a typo', `${KEY.slice(0, -1)}1`],
    ['too short', KEY.slice(0, 20)],
    ['no key', 'hunter2!'],
  ])('key inspect tells %s with exit code 4', async (_, text) => {
    const { code, stderr } = await call(
      ['key', 'inspect', '--offline', '--recovery-key-file', '-'],
      {
        ...world,
        stdin: `${text}\n`,
      },
    )
    expect(code).toBe(EXIT.wrongKey)
    expect(stderr).not.toContain(text)
  })

  it('asks for a key where nobody can answer, and says how to give it', async () => {
    const { code, stderr } = await call(['key', 'inspect', '--offline'], world)
    expect(code).toBe(EXIT.usage)
    expect(stderr).toContain('--recovery-key-file FILE')
    expect(stderr).toContain('MATRIX_RECOVERY_KEY')
  })

  it('standard input holds one secret', async () => {
    const both = ['--recovery-key-file', '-', '--security-phrase-file', '-']
    const { code, stderr } = await call(
      ['status', '--homeserver', 'http://127.0.0.1:9', '--access-token-file', '-', ...both],
      { ...world, stdin: 'canary' },
    )
    expect(code).not.toBe(EXIT.ok)
    expect(stderr).not.toContain('canary')
  })

  it('a missing file is exit code 6', async () => {
    const { code } = await call(
      ['key', 'inspect', '--offline', '--recovery-key-file', '/nonexistent/key'],
      world,
    )
    expect(code).toBe(EXIT.notFound)
  })

  it.each(['bash', 'zsh', 'fish'])('completion of %s names every command', async (shell) => {
    const { code, stdout } = await call(['completion', shell], world)
    expect(code).toBe(EXIT.ok)
    for (const { name } of COMMANDS) expect(stdout).toContain(name.split(' ').at(-1))
  })
})
