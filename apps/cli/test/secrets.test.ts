/** Secrets must be where they belong, and nowhere else: outputs, errors, command lines, files. */
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXIT, type ExitCode } from '../src/exit-codes.ts'
import { PASSWORD, startAccount, strangeKey, type TestAccount, USER_ID } from './account.ts'
import { type Ended, onPipes } from './child.ts'

let account: TestAccount
/** What must not be seen, by name. */
let secrets: ReadonlyMap<string, string>
const STRANGE = strangeKey(11)
const WRONG_PASSWORD = 'canary-wrong-password'
const PASSPHRASE = 'canary three short words'

function withoutBlanks(text: string): string {
  return text.replaceAll(/\s/g, '')
}

/** Names of the secrets that a text has. */
function secretsIn(text: string): readonly string[] {
  const dense = withoutBlanks(text)
  return [...secrets]
    .filter(([, secret]) => dense.includes(withoutBlanks(secret)))
    .map(([name]) => name)
}

beforeAll(async () => {
  account = await startAccount()
  secrets = new Map([
    ['access token', account.accessToken],
    ['recovery key', account.recoveryKey],
    ['storage key', account.storageKey],
    ['strange key', STRANGE],
    ['password', PASSWORD],
    ['wrong password', WRONG_PASSWORD],
    ['passphrase', PASSPHRASE],
  ])
})

afterAll(() => account.close())

/** A call with the secrets that it is given. */
interface Call {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Where the others say something, too, this one has to come to its end. */
  readonly code?: ExitCode
}

/** Calls that succeed and that fail; they write into a folder. */
function calls(folder: string): readonly Call[] {
  const { options, url } = account
  const keys = [account.recoveryKey, account.storageKey, STRANGE, `${STRANGE.slice(0, -1)}x`]
  const file = (name: string): string => join(folder, name)
  const own = { MATRIX_RECOVERY_KEY: account.recoveryKey, ROOMKEYS_PASSPHRASE: PASSPHRASE }
  const { MATRIX_RECOVERY_KEY } = own
  return [
    { argv: ['login', USER_ID, '--homeserver', url], env: { MATRIX_PASSWORD: WRONG_PASSWORD } },
    { argv: ['login', USER_ID, '--homeserver', url], env: { MATRIX_PASSWORD: PASSWORD } },
    ...keys.flatMap((key, index) => {
      const env = { MATRIX_RECOVERY_KEY: key }
      return [
        { argv: ['status', ...options], env },
        { argv: ['doctor', '--json', ...options], env },
        { argv: ['key', 'inspect', ...options], env },
        { argv: ['secret', 'get', 'm.megolm_backup.v1', '-o', file(`s${index}`), ...options], env },
        { argv: ['verify', '--json', ...options], env },
      ]
    }),
    { argv: ['secret', 'list', '--json', ...options], env: {} },
    { argv: ['versions', 'show', '1', ...options], env: {} },
    { argv: ['download', '-o', file('snapshot.json'), ...options], env: {} },
    { argv: ['verify', file('snapshot.json')], env: { MATRIX_RECOVERY_KEY }, code: EXIT.ok },
    { argv: ['decrypt', file('snapshot.json')], env: { MATRIX_RECOVERY_KEY }, code: EXIT.ok },
    { argv: ['export', '-o', file('keys.txt'), ...options], env: own, code: EXIT.ok },
    { argv: ['import', file('keys.txt'), '--yes', ...options], env: own, code: EXIT.ok },
    { argv: ['diff', 'server', file('keys.txt'), ...options], env: own, code: EXIT.ok },
    {
      argv: ['file', 'decrypt', file('keys.txt'), '-o', file('clear.jsonl')],
      env: { ROOMKEYS_PASSPHRASE: PASSPHRASE },
      code: EXIT.ok,
    },
    {
      argv: ['file', 'encrypt', file('clear.jsonl'), '-o', file('again.txt')],
      env: { ROOMKEYS_PASSPHRASE: PASSPHRASE },
      code: EXIT.ok,
    },
    {
      argv: ['file', 'decrypt', file('keys.txt'), '-o', file('never')],
      env: { ROOMKEYS_PASSPHRASE: WRONG_PASSWORD },
      code: EXIT.wrongKey,
    },
    {
      argv: ['status', '--homeserver', 'http://127.0.0.1:9'],
      env: { ROOMKEYS_ACCESS_TOKEN: account.accessToken },
    },
    { argv: ['status', '--recovery-key', 'x'], env: { MATRIX_RECOVERY_KEY: account.recoveryKey } },
    {
      argv: ['migrate', '--yes', '--unsigned', ...options],
      env: { MATRIX_RECOVERY_KEY },
      code: EXIT.ok,
    },
    { argv: ['logout'], env: {}, code: EXIT.ok },
  ]
}

const FILE_OPTIONS: Readonly<Record<string, string>> = {
  MATRIX_RECOVERY_KEY: '--recovery-key-file',
  MATRIX_PASSWORD: '--password-file',
  ROOMKEYS_PASSPHRASE: '--passphrase-file',
  ROOMKEYS_ACCESS_TOKEN: '--access-token-file',
}

/** The same call with its secrets in files. */
async function withFiles({ argv, env, ...rest }: Call, place: number): Promise<Call> {
  const options = Object.entries(env).map(async ([name, secret]) => [
    FILE_OPTIONS[name] ?? name,
    await account.file(`given-${place}-${name}`, secret),
  ])
  return { argv: [...argv, ...(await Promise.all(options)).flat()], env: {}, ...rest }
}

/** Where a secret was seen, and which. */
interface Seen {
  readonly argv: readonly string[]
  readonly where: string
  readonly what: readonly string[]
}

const ANYONE = ['stdout', 'stderr', 'commandLine', 'started'] as const

function look(argv: readonly string[], ended: Ended, places: readonly (keyof Ended)[]): Seen[] {
  return places.flatMap((where) => {
    const what = secretsIn(String(ended[where]))
    return what.length > 0 ? [{ argv, where, what }] : []
  })
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

describe('secrets', () => {
  it.each([
    { way: 'the environment', given: (call: Call) => Promise.resolve(call), places: ANYONE },
    { way: 'files', given: withFiles, places: [...ANYONE, 'environment'] as const },
  ])(
    'from $way are in no output, no error, no process and no other file',
    { timeout: 180_000 },
    async ({ way, given, places }) => {
      const home = join(account.folder, `home of ${way}`)
      await mkdir(home)
      const seen: Seen[] = []
      let commandLines = 0
      for (const { argv, env, code } of await Promise.all(calls(home).map(given))) {
        const ended = await onPipes({ argv, env, home })
        expect(ended.code, `${argv.join(' ')}: ${ended.stderr}`).toBe(code ?? ended.code)
        commandLines += ended.commandLine.includes('main.js') ? 1 : 0
        seen.push(...look(argv, ended, places))
      }
      expect(seen).toEqual([])
      // Where there is no /proc, nothing is seen of command lines.
      expect(commandLines > 0 || process.platform !== 'linux').toBe(true)
      // `secret get` writes the backup key as base64; nothing else may be in a file after `logout`.
      const inFiles = await Promise.all(
        (await filesBelow(home)).map(async (path) => secretsIn(await readFile(path, 'utf8'))),
      )
      expect(inFiles.flat()).toEqual([])
    },
  )

  it('a new key of the backup is in the file that was named, and nowhere else', async () => {
    const home = join(account.folder, 'home of a rotation')
    await mkdir(home)
    const argv = ['rotate', '--yes', '--unsigned', '--new-key-file', 'new-key', ...account.options]
    const env = { MATRIX_RECOVERY_KEY: account.recoveryKey }
    const ended = await onPipes({ argv, env, home })
    expect(ended).toMatchObject({ code: EXIT.ok })
    const key = (await readFile(join(home, 'new-key'), 'utf8')).trim()
    secrets = new Map([...secrets, ['new key', key]])
    expect(look(argv, ended, ANYONE)).toEqual([])
    const holding: string[] = []
    for (const path of await filesBelow(home))
      if (secretsIn(await readFile(path, 'utf8')).length > 0) holding.push(basename(path))
    expect(holding).toEqual(['new-key'])
  })

  it('would be seen', () => {
    expect(secretsIn(`… ${account.recoveryKey} …`)).toEqual(['recovery key'])
    expect(secretsIn(withoutBlanks(account.storageKey))).toEqual(['storage key'])
  })
})
