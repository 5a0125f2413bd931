/** Secrets must be where they belong, and nowhere else: outputs, errors, command lines, files. */
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD, startAccount, strangeKey, type TestAccount, USER_ID } from './account.ts'
import { type Ended, onPipes } from './child.ts'

let account: TestAccount
/** What must not be seen, by name. */
let secrets: ReadonlyMap<string, string>
const STRANGE = strangeKey(11)
const WRONG_PASSWORD = 'canary-wrong-password'

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
  ])
})

afterAll(() => account.close())

/** Calls that succeed and that fail, with the secrets that they are given. */
function calls(): readonly {
  readonly argv: readonly string[]
  readonly env: Record<string, string>
}[] {
  const { options, url } = account
  const keys = [account.recoveryKey, account.storageKey, STRANGE, `${STRANGE.slice(0, -1)}x`]
  const file = (name: string): string => join(account.folder, 'home', name)
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
    {
      argv: ['status', '--homeserver', 'http://127.0.0.1:9'],
      env: { ROOMKEYS_ACCESS_TOKEN: account.accessToken },
    },
    { argv: ['status', '--recovery-key', 'x'], env: { MATRIX_RECOVERY_KEY: account.recoveryKey } },
    { argv: ['logout'], env: {} },
  ]
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

describe('secrets', () => {
  it('are in no output, no error and no command line', { timeout: 180_000 }, async () => {
    const home = join(account.folder, 'home')
    await mkdir(home)
    const seen: { argv: readonly string[]; where: string; what: readonly string[] }[] = []
    const look = (argv: readonly string[], ended: Ended): void => {
      for (const where of ['stdout', 'stderr', 'commandLine'] as const) {
        const what = secretsIn(ended[where])
        if (what.length > 0) seen.push({ argv, where, what })
      }
    }
    let commandLines = 0
    for (const { argv, env } of calls()) {
      const ended = await onPipes({ argv, env, home })
      commandLines += ended.commandLine.includes('main.js') ? 1 : 0
      look(argv, ended)
    }
    expect(seen).toEqual([])
    // Where there is no /proc, nothing is seen of command lines.
    expect(commandLines > 0 || process.platform !== 'linux').toBe(true)
    // `secret get` writes the backup key as base64; nothing else may be in a file after `logout`.
    const inFiles = await Promise.all(
      (await filesBelow(home)).map(async (path) => secretsIn(await readFile(path, 'utf8'))),
    )
    expect(inFiles.flat()).toEqual([])
  })

  it('would be seen', () => {
    expect(secretsIn(`… ${account.recoveryKey} …`)).toEqual(['recovery key'])
    expect(secretsIn(withoutBlanks(account.storageKey))).toEqual(['storage key'])
  })
})
