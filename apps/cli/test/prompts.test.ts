/** Every question that is answered with a secret: asked on a terminal, hidden, and left in good order. */
import {
  createStorageKeyFromPassphrase,
  storeBackupKey,
  writeDefaultKeyId,
  writeKey,
} from '@roomkeys/secret-storage'
import { decodeDecryptionKey } from '@roomkeys/backup'
import { decryptKeyExport, encryptKeyExport } from '@roomkeys/key-export'
import { cp, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { EXIT, type ExitCode } from '../src/exit-codes.ts'
import { PASSWORD, startAccount, strangeKey, type TestAccount, USER_ID } from './account.ts'
import { childrenOf, inShell, onPipes, onTerminal, type Terminal } from './child.ts'

const CTRL_C = '\u0003'
const ENTER = '\r'
const PASSPHRASE = 'three short words'
const PHRASE = 'a phrase that nobody guesses'
const KEY_QUESTION = 'Recovery key'
const FILE_QUESTION = 'Passphrase of the key file'
const NEW_QUESTION = 'Passphrase for the new key file'
const AGAIN_QUESTION = 'The same passphrase again'

let account: TestAccount
/** A key file, a snapshot and keys in the clear. */
let files = ''
/** A folder of the test's own, with copies of them. */
let home = ''

/** The account's secret storage opens with a phrase, too. */
async function addPhrase(): Promise<void> {
  const { accountData, recoveryKey } = account
  const key = await createStorageKeyFromPassphrase(PHRASE, { rounds: 1_000 })
  await writeKey(accountData, key)
  const backupKey = decodeDecryptionKey(recoveryKey).privateKey.expose()
  await storeBackupKey(accountData, { backupKey, keys: [key] })
  await writeDefaultKeyId(accountData, key.keyId)
}

async function prepare(): Promise<string> {
  const folder = await mkdtemp(join(account.folder, 'files-'))
  const env = { MATRIX_RECOVERY_KEY: account.recoveryKey, ROOMKEYS_PASSPHRASE: PASSPHRASE }
  const clear = ['export', '--format', 'jsonl', '-o', 'clear.jsonl', ...account.options]
  expect((await onPipes({ argv: clear, env, home: folder })).code).toBe(EXIT.ok)
  const snapshot = ['download', '-o', 'snapshot.json', ...account.options]
  expect((await onPipes({ argv: snapshot, env, home: folder })).code).toBe(EXIT.ok)
  const lines = (await readFile(join(folder, 'clear.jsonl'), 'utf8')).trim().split('\n')
  const sessions = lines.map((line) => JSON.parse(line) as never)
  await writeFile(join(folder, 'keys.txt'), await encryptKeyExport(sessions, PASSPHRASE))
  return folder
}

beforeAll(async () => {
  account = await startAccount()
  await addPhrase()
  files = await prepare()
})
beforeEach(async () => {
  home = await mkdtemp(join(account.folder, 'home-'))
  await cp(files, home, { recursive: true })
})
afterAll(() => account.close())

/** Answers one question after the other. */
async function answer(
  terminal: Terminal,
  answers: readonly (readonly [question: string, typed: string])[],
): Promise<void> {
  for (const [question, typed] of answers) {
    await terminal.until(question)
    terminal.type(typed + ENTER)
  }
}

function withAccount(...argv: readonly string[]): readonly string[] {
  return [...argv, ...account.options]
}

/** A command with the questions it asks, and what to answer them with. */
interface Asking {
  readonly argv: () => readonly string[]
  readonly right: () => readonly (readonly [question: string, typed: string])[]
  /** Answers that do not do, and how it ends with them. */
  readonly wrong: () => readonly (readonly [question: string, typed: string])[]
  readonly wrongCode: ExitCode
  readonly env?: Readonly<Record<string, string>>
}

const key = (): readonly [string, string] => [KEY_QUESTION, account.recoveryKey]
const otherKey = (): readonly [string, string] => [KEY_QUESTION, strangeKey()]
const twice: Asking['right'] = () => [
  [NEW_QUESTION, PASSPHRASE],
  [AGAIN_QUESTION, PASSPHRASE],
]
const differing: Asking['wrong'] = () => [
  [NEW_QUESTION, PASSPHRASE],
  [AGAIN_QUESTION, 'three other words'],
]
const passphrase: Asking['right'] = () => [[FILE_QUESTION, PASSPHRASE]]
const otherPassphrase: Asking['wrong'] = () => [[FILE_QUESTION, 'three other words']]

const ASKING: Readonly<Record<string, Asking>> = {
  'export: recovery key and passphrase': {
    argv: () => withAccount('export', '-o', 'made'),
    right: () => [key(), ...twice()],
    wrong: () => [key(), ...differing()],
    wrongCode: EXIT.usage,
  },
  'export: another recovery key': {
    argv: () => withAccount('export', '-o', 'made', '--format', 'jsonl'),
    right: () => [key()],
    wrong: () => [otherKey()],
    wrongCode: EXIT.wrongKey,
  },
  'export: security phrase': {
    argv: () => withAccount('export', '-o', 'made', '--format', 'jsonl'),
    right: () => [
      [KEY_QUESTION, ''],
      ['Security phrase', PHRASE],
    ],
    wrong: () => [
      [KEY_QUESTION, ''],
      ['Security phrase', 'another phrase'],
    ],
    wrongCode: EXIT.wrongKey,
  },
  'verify: recovery key of a snapshot': {
    argv: () => ['verify', 'snapshot.json'],
    right: () => [key()],
    wrong: () => [otherKey()],
    wrongCode: EXIT.wrongKey,
  },
  'import: passphrase': {
    argv: () => withAccount('import', 'keys.txt'),
    right: () => [key(), ...passphrase()],
    wrong: () => [key(), ...otherPassphrase()],
    wrongCode: EXIT.wrongKey,
  },
  'diff: two key files': {
    argv: () => ['diff', 'keys.txt', 'clear.jsonl'],
    right: passphrase,
    wrong: otherPassphrase,
    wrongCode: EXIT.wrongKey,
  },
  'file decrypt': {
    argv: () => ['file', 'decrypt', 'keys.txt', '-o', 'made'],
    right: passphrase,
    wrong: otherPassphrase,
    wrongCode: EXIT.wrongKey,
  },
  'file encrypt': {
    argv: () => ['file', 'encrypt', 'clear.jsonl', '-o', 'made'],
    right: twice,
    wrong: differing,
    wrongCode: EXIT.usage,
  },
  'secret get': {
    argv: () => withAccount('secret', 'get', 'm.megolm_backup.v1', '-o', 'made'),
    right: () => [
      [KEY_QUESTION, ''],
      ['Security phrase', PHRASE],
    ],
    wrong: () => [otherKey()],
    wrongCode: EXIT.wrongKey,
  },
  'secret store': {
    argv: () => withAccount('secret', 'store', 'm.megolm_backup.v1'),
    right: () => [['Secret', account.recoveryKey]],
    wrong: () => [['Secret', 'no key at all']],
    wrongCode: EXIT.wrongKey,
    env: { MATRIX_SECURITY_PHRASE: PHRASE },
  },
  login: {
    argv: () => ['login', USER_ID, '--homeserver', account.url],
    right: () => [['Password', PASSWORD]],
    wrong: () => [['Password', 'not this one']],
    wrongCode: EXIT.signIn,
  },
}

const CASES = Object.entries(ASKING)

/** Whether what was typed can be read on the screen, in one piece or broken over lines. */
function isShown(screen: string, typed: string): boolean {
  return typed !== '' && screen.replaceAll(/\s/g, '').includes(typed.replaceAll(/\s/g, ''))
}

async function names(): Promise<readonly string[]> {
  return (await readdir(home)).toSorted()
}

describe.each(CASES)('%s', (_, { argv, right, wrong, wrongCode, env = {} }) => {
  it('asks, shows nothing of the answers, and goes on', async () => {
    const terminal = inShell({ argv: argv(), home, env })
    await answer(terminal, right())
    const { screen } = await terminal.ended
    expect(screen).toContain(`ended with ${EXIT.ok}`)
    for (const [, typed] of right()) expect(isShown(screen, typed)).toBe(false)
    expect(screen).toMatch(/ echo /)
  })

  it('a wrong answer writes nothing', async () => {
    const before = await names()
    const terminal = onTerminal({ argv: argv(), home, env })
    await answer(terminal, wrong())
    const { code, screen } = await terminal.ended
    expect({ code, screen }).toMatchObject({ code: wrongCode })
    for (const [, typed] of wrong()) expect(isShown(screen, typed)).toBe(false)
    expect(await names()).toEqual(before)
  })

  it('Ctrl-C at each question ends with 130, and the terminal is as it was', async () => {
    const before = await names()
    for (const place of right().keys()) {
      const terminal = inShell({ argv: argv(), home, env })
      await answer(terminal, right().slice(0, place))
      await terminal.until(right()[place]?.[0] ?? '')
      terminal.type(`half an answer${CTRL_C}`)
      const { screen } = await terminal.ended
      expect(screen).toContain(`ended with ${EXIT.interrupted}`)
      expect(screen).toContain('Interrupted')
      expect(screen).not.toContain('half an answer')
      expect(screen).toMatch(/[^-]icanon/)
      expect(screen).toMatch(/ echo /)
    }
    expect(await names()).toEqual(before)
  })

  it('--no-input refuses, and says what to give', async () => {
    const terminal = onTerminal({ argv: [...argv(), '--no-input'], home, env })
    const { code, screen } = await terminal.ended
    expect({ code, screen }).toMatchObject({ code: EXIT.usage })
    expect(screen).toContain('FILE (- is standard input)')
  })
})

describe('a question', () => {
  it('tells what is wrong with a mistyped key', async () => {
    const terminal = onTerminal({ argv: ['verify', 'snapshot.json'], home })
    const typo = `${account.recoveryKey.slice(0, -1)}${account.recoveryKey.endsWith('a') ? 'b' : 'a'}`
    await answer(terminal, [[KEY_QUESTION, typo]])
    const { code, screen } = await terminal.ended
    expect(code).toBe(EXIT.wrongKey)
    expect(screen).toContain('typo')
    expect(isShown(screen, typo)).toBe(false)
  })

  it.each([
    { what: 'an empty passphrase', first: '', again: null },
    { what: 'a second passphrase that differs', first: PASSPHRASE, again: `${PASSPHRASE}.` },
  ])('$what makes no key file', async ({ first, again }) => {
    const argv = ['file', 'encrypt', 'clear.jsonl', '-o', 'made']
    const terminal = onTerminal({ argv, home })
    await answer(terminal, [[NEW_QUESTION, first]])
    if (again !== null) await answer(terminal, [[AGAIN_QUESTION, again]])
    expect((await terminal.ended).code).toBe(EXIT.usage)
    expect(await names()).not.toContain('made')
  })

  it('a passphrase that was typed twice opens the file', async () => {
    const terminal = onTerminal({ argv: withAccount('export', '-o', 'made'), home })
    await answer(terminal, [key(), ...twice()])
    expect((await terminal.ended).code).toBe(EXIT.ok)
    const text = await readFile(join(home, 'made'), 'utf8')
    expect((await decryptKeyExport(text, PASSPHRASE)).entries).toHaveLength(account.count)
  })

  it('ends with the terminal as it was when the system ends the command', async () => {
    const shell = inShell({ argv: ['key', 'inspect', '--offline'], home })
    await shell.until(KEY_QUESTION)
    for (const pid of await childrenOf(shell.pid)) process.kill(pid, 'SIGTERM')
    const { screen } = await shell.ended
    expect(screen).toContain(`ended with ${EXIT.interrupted}`)
    expect(screen).toMatch(/ echo /)
  })

  it('progress is a bar, and gone at the end', async () => {
    const argv = ['verify', 'snapshot.json']
    const env = { MATRIX_RECOVERY_KEY: account.recoveryKey }
    const { code, screen } = await onTerminal({ argv, home, env }).ended
    expect(code).toBe(EXIT.ok)
    expect(screen).toMatch(/[#-]{24} Checking \d+\/\d+ keys, \d+\/s/)
    expect(screen.lastIndexOf('\u001b[2K')).toBeGreaterThan(screen.lastIndexOf('Checking'))
  })
})
