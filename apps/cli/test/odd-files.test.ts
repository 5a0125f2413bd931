/** Files that are not there, are no files, or are full: nothing is lost, and people are told what to do. */
import { execFile } from 'node:child_process'
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXIT } from '../src/exit-codes.ts'
import { strangeKey } from './account.ts'
import { MAIN } from './child.ts'
import { account } from './keys/world.ts'
import { call, type Outcome, type World } from './world.ts'

const PASSPHRASE = 'three short words'

let folder = ''

function path(name: string): string {
  return join(folder, name)
}

async function file(name: string, text: string): Promise<string> {
  await writeFile(path(name), text)
  return path(name)
}

function go(argv: readonly string[], world: Partial<World> = {}): Promise<Outcome> {
  const env = { ROOMKEYS_PASSPHRASE: PASSPHRASE, MATRIX_RECOVERY_KEY: account.backup.recovery_key }
  return call(argv, { home: folder, env, ...world })
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'roomkeys-odd-'))
  await mkdir(path('folder'))
  await file('snapshot.json', JSON.stringify(account.backup.keys))
  await file('photo', 'a picture')
  await promisify(execFile)('mkfifo', [path('pipe')])
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Every way to write a file without an account. */
const WRITING: Readonly<Record<string, (target: string) => readonly string[]>> = {
  'key generate': (target) => ['key', 'generate', '-o', target],
  decrypt: (target) => ['decrypt', path('snapshot.json'), '-o', target],
  export: (target) => ['export', '--from', path('snapshot.json'), '-o', target],
  'attachment encrypt': (target) => [
    ...['attachment', 'encrypt', path('photo'), '-o', target],
    ...['--info', path('never.json')],
  ],
}

describe.each(Object.entries(WRITING))('what %s writes', (_, argv) => {
  it('replaces no folder', async () => {
    const { code, stderr } = await go([...argv(path('folder')), '--yes'])
    expect(code).toBe(EXIT.error)
    expect(stderr).toContain(`${path('folder')} is a folder.`)
    expect(stderr).toContain('Name a file in it')
    expect(stderr).not.toContain('replaced')
  })

  it.each(['pipe', 'link'])('replaces no pipe, and none behind a link (%s)', async (name) => {
    await symlink('pipe', path('link')).catch(() => undefined)
    const { code, stderr } = await go([...argv(path(name)), '--yes'])
    expect(code).toBe(EXIT.error)
    expect(stderr).toContain('is a pipe or a device')
    expect((await stat(path(name))).isFIFO()).toBe(true)
  })

  it('needs its folder, and is told by its own name', async () => {
    const { code, stderr } = await go(argv(path('missing/file')))
    expect(code).toBe(EXIT.notFound)
    expect(stderr).toContain(`${path('missing')}: there is no such file or folder.`)
    expect(stderr).not.toContain('.tmp')
  })

  it('may have as long a name as there can be', async () => {
    const name = 'n'.repeat(250)
    expect((await go(argv(path(name)))).code).toBe(EXIT.ok)
    await rm(path(name))
    await rm(path('never.json'), { force: true })
  })

  it('is not written in a dry run', async () => {
    const { code, stdout, stderr } = await go([...argv(path('dry')), '--dry-run'])
    expect({ code, stdout }).toEqual({ code: EXIT.ok, stdout: '' })
    expect(stderr).toContain(`${path('dry')} would be written. This is a dry run`)
    expect(await readdir(folder)).not.toContain('dry')
  })

  it('leaves nothing behind', async () => {
    const names = ['folder', 'link', 'photo', 'pipe', 'snapshot.json']
    expect((await readdir(folder)).toSorted()).toEqual(names)
  })
})

describe('- for a file', () => {
  it.each([
    [['key', 'generate', '-o', '-'], '--stdout'],
    [['attachment', 'encrypt', 'photo', '-o', '-', '--info', 'i'], '-o names a file'],
    [['attachment', 'encrypt', 'photo', '-o', 'x', '--info', '-'], '--info names a file'],
    [['attachment', 'decrypt', 'photo', '-o', '-', '--info', 'i'], '-o names a file'],
    [['download', '-o', '-'], '-o names a file'],
  ])('%j is refused', async (argv, told) => {
    const { code, stderr } = await go(argv)
    expect(code).toBe(EXIT.usage)
    expect(stderr).toContain(told)
  })
})

describe('an attachment', () => {
  it('and its key do not go into the same file', async () => {
    const [target, again] = [path('same'), join(folder, 'folder', '..', 'same')]
    const argv = ['attachment', 'encrypt', path('photo'), '-o', target, '--info', again]
    const { code, stderr } = await go(argv)
    expect(code).toBe(EXIT.usage)
    expect(stderr).toContain('-o and --info name the same file.')
    expect(await readdir(folder)).not.toContain('same')
  })
})

const READING: Readonly<Record<string, (source: string) => readonly string[]>> = {
  decrypt: (source) => ['decrypt', source],
  verify: (source) => ['verify', source, '--structure-only'],
  export: (source) => ['export', '--from', source, '-o', path('never')],
  diff: (source) => ['diff', source, path('snapshot.json')],
  'file decrypt': (source) => ['file', 'decrypt', source, '-o', path('never')],
  'file merge': (source) => ['file', 'merge', source, source, '-o', path('never')],
  'events decrypt': (source) => ['events', 'decrypt', path('photo'), '--keys', source],
  'attachment decrypt': (source) => [
    ...['attachment', 'decrypt', source, '-o', path('never')],
    ...['--info', path('info.json')],
  ],
}

describe.each(Object.entries(READING))('what %s reads', (name, argv) => {
  beforeAll(async () => {
    const made = ['attachment', 'encrypt', path('photo'), '-o', path('sealed'), '--yes']
    if (name === 'attachment decrypt') await go([...made, '--info', path('info.json')])
  })
  afterAll(async () => {
    await Promise.all(['sealed', 'info.json'].map((one) => rm(path(one), { force: true })))
  })

  it.each([
    ['folder', EXIT.error, 'is a folder.'],
    ['pipe', EXIT.error, 'is a pipe or a device'],
    ['missing', EXIT.notFound, ': there is no such file or folder.'],
  ])('is no %s', async (source, exitCode, told) => {
    const { code, stderr, stdout } = await go(argv(path(source)))
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' })
    expect(stderr).toContain(path(source) + (told.startsWith(':') ? told : ` ${told}`))
    expect(await readdir(folder)).not.toContain('never')
  })
})

describe('a key file in place of a snapshot', () => {
  it('is told to be one, with what opens it', async () => {
    const key = await file('keys.txt', '-----BEGIN MEGOLM SESSION DATA-----\n')
    const { code, stderr } = await go(['decrypt', key])
    expect(code).toBe(EXIT.error)
    expect(stderr).toContain(`${key} is a key export file, not a snapshot.`)
    expect(stderr).toContain('roomkeys file decrypt')
  })
})

describe('other files', () => {
  it.each([
    [['key', 'inspect', '--offline', '--recovery-key-file']],
    [['file', 'encrypt', '-o', 'never']],
    [['events', 'decrypt', '--keys', 'snapshot.json']],
  ])('%j of a folder', async (argv) => {
    const known = argv.map((word) => (word === 'snapshot.json' ? path(word) : word))
    const { code, stderr } = await go([...known, path('folder')])
    expect(code).toBe(EXIT.error)
    expect(stderr).toContain(`${path('folder')}: this is a folder.`)
  })

  it('what holds no session makes no key file, and is told so', async () => {
    const { code, stderr } = await go(['file', 'encrypt', path('photo'), '-o', path('never')])
    expect(code).toBe(EXIT.notFound)
    expect(stderr).toContain('session records')
    expect(stderr).not.toContain('--room')
  })

  it('a file that may not be read is told in words', async () => {
    const secret = await file('closed', strangeKey())
    await chmod(secret, 0)
    const { code, stderr } = await go([
      'key',
      'inspect',
      '--offline',
      '--recovery-key-file',
      secret,
    ])
    // Root reads what it likes.
    const isRoot = process.getuid?.() === 0
    expect(code).toBe(isRoot ? EXIT.ok : EXIT.error)
    expect(stderr).toContain(isRoot ? '' : `${secret}: this is not allowed.`)
  })
})

describe('a key that opens no entry of a snapshot', () => {
  it.each([
    ['decrypt', ['decrypt', 'snapshot.json']],
    ['verify', ['verify', 'snapshot.json']],
    ['export', ['export', '--from', 'snapshot.json', '-o', 'never']],
    ['events decrypt', ['events', 'decrypt', 'photo', '--keys', 'snapshot.json']],
  ])('%s ends with 4', async (_, argv) => {
    const names = ['snapshot.json', 'photo', 'never']
    const paths = argv.map((word) => (names.includes(word) ? path(word) : word))
    const env = { MATRIX_RECOVERY_KEY: strangeKey(), ROOMKEYS_PASSPHRASE: PASSPHRASE }
    const { code, stderr, stdout } = await go(paths, { env })
    expect(code).toBe(EXIT.wrongKey)
    expect(stderr + stdout).toMatch(/mac_mismatch|opens with this key/)
    expect(await readdir(folder)).not.toContain('never')
  })
})

describe('a report of the conformance kit', () => {
  const argv = ['conformance', 'http://127.0.0.1:9', '--register', 'dummy', '--only', 'H1']

  it('replaces no file without a question, and is not made in a dry run', async () => {
    const report = await file('report', 'of last week')
    const { code, stderr } = await go([...argv, '-o', report])
    expect(code).toBe(EXIT.usage)
    expect(stderr).toContain('exists and will be replaced')
    expect((await go([...argv, '-o', report, '--dry-run'])).code).toBe(EXIT.ok)
    expect(await readFile(report, 'utf8')).toBe('of last week')
  })

  it('goes to standard output with -', async () => {
    const { stdout } = await go([...argv, '-o', '-'])
    expect(stdout).toContain('H1')
  })
})

describe('standard output', () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
    syscall: 'write',
  })
  const calls = [
    [['key', 'generate', '--stdout']],
    [['key', 'generate', '--stdout', '--json']],
    [['completion', 'zsh']],
    [['--help']],
    [['export', '--help']],
    [['status', '--version']],
  ]

  it.each(calls)('that is full is told, without a trace: %j', async (argv) => {
    const { code, stderr } = await go(argv, { stdoutError: full })
    expect(code).toBe(EXIT.error)
    expect(stderr).toContain('Standard output cannot be written')
    expect(stderr).toContain('The disk is full.')
    expect(stderr).not.toContain('    at ')
  })

  it.each(calls)('that nobody reads any more is no news: %j', async (argv) => {
    const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE', syscall: 'write' })
    const { code, stderr } = await go(argv, { stdoutError: gone })
    expect({ code, stderr }).toEqual({ code: EXIT.error, stderr: '' })
  })
})

describe('a reader that goes away at once', () => {
  it.each(['--version', '--help', 'completion zsh', 'conformance --list'])(
    'leaves no trace of %s',
    async (argv) => {
      const line = `"$0" "$1" ${argv} | true`
      const { stderr } = await promisify(execFile)('sh', ['-c', line, process.execPath, MAIN])
      expect(stderr).toBe('')
    },
  )
})

describe('a snapshot in a file', () => {
  it('is as it was', async () => {
    expect(JSON.parse(await readFile(path('snapshot.json'), 'utf8'))).toEqual(account.backup.keys)
  })
})
