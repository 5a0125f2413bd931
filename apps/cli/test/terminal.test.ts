import { createServer, type Server } from 'node:net'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EXIT } from '../src/exit-codes.ts'
import { PASSWORD, startAccount, strangeKey, type TestAccount, USER_ID } from './account.ts'
import { inShell, onPipes, onTerminal } from './child.ts'

const CTRL_C = '\u0003'
const CTRL_D = '\u0004'
const BACKSPACE = '\u007f'
const ESCAPE = '\u001b'
const DUMB = { TERM: 'dumb' }
const ENTER = '\r'

let account: TestAccount
/** Takes connections, and never answers. */
let silent: Server
let silentUrl = ''

beforeAll(async () => {
  account = await startAccount()
  silent = createServer(() => undefined)
  await new Promise<void>((resolve) => {
    silent.listen(0, '127.0.0.1', resolve)
  })
  const address = silent.address()
  silentUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
})

afterAll(async () => {
  silent.close()
  await account.close()
})

describe('on a terminal', () => {
  it('asks for a key, and shows none of it', async () => {
    const home = account.folder
    const terminal = onTerminal({ argv: ['key', 'inspect', '--offline'], home })
    await terminal.until('Recovery key')
    const key = strangeKey()
    terminal.type(key + ENTER)
    const { code, screen } = await terminal.ended
    expect(code).toBe(EXIT.ok)
    expect(screen).toContain('Public key')
    expect(screen).not.toContain(key)
    expect(screen).not.toContain(key.slice(0, 9))
  })

  it('asks for the password, and signs in', async () => {
    const home = join(account.folder)
    const argv = ['login', USER_ID, '--homeserver', account.url]
    const terminal = onTerminal({ argv, home })
    await terminal.until('Password')
    terminal.type(PASSWORD + ENTER)
    const { code, screen } = await terminal.ended
    expect(code).toBe(EXIT.ok)
    expect(screen).toContain('Signed in as')
    expect(screen).not.toContain(PASSWORD)
  })

  it.each([
    [['key', 'inspect', '--offline'], 'Recovery key'],
    [['versions', 'delete', '1'], 'Delete version 1?'],
  ])('Ctrl-C at the question of %j changes nothing', async (argv, question) => {
    const options = argv[0] === 'versions' ? account.options : []
    const terminal = onTerminal({ argv: [...argv, ...options], home: account.folder })
    await terminal.until(question)
    terminal.type(CTRL_C)
    const { code, screen } = await terminal.ended
    expect(code).toBe(EXIT.interrupted)
    expect(screen).toContain('Interrupted')
    expect((await account.api.currentVersion())?.version).toBe(account.version)
  })

  it.each([
    { argv: ['key', 'inspect', '--offline'], question: 'Recovery key', env: {} },
    { argv: ['versions', 'delete', '1'], question: 'Delete version 1?', env: {} },
    { argv: ['key', 'inspect', '--offline'], question: 'Recovery key', env: DUMB },
    { argv: ['versions', 'delete', '1'], question: 'Delete version 1?', env: DUMB },
  ])('Ctrl-D at a question ends as Ctrl-C does: %j', async ({ argv, question, env }) => {
    const options = argv[0] === 'versions' ? account.options : []
    const shell = inShell({ argv: [...argv, ...options], home: account.folder, env })
    await shell.until(question)
    shell.type(CTRL_D)
    const { screen } = await shell.ended
    expect(screen).toContain(`ended with ${EXIT.interrupted}`)
    expect(screen).toContain('Interrupted')
    expect(screen).not.toContain('main.js')
    expect(screen).toMatch(/ echo /)
    expect(screen.lastIndexOf('?25l')).toBeLessThanOrEqual(screen.lastIndexOf('?25h'))
  })

  it('no is no, and yes is yes', async () => {
    const extra = await account.api.createVersion({
      algorithm: 'org.example.unknown',
      auth_data: {},
    })
    const argv = ['versions', 'delete', extra, ...account.options]
    const refused = onTerminal({ argv, home: account.folder })
    await refused.until(`Delete version ${extra}?`)
    refused.type('n')
    expect((await refused.ended).code).toBe(EXIT.error)
    expect(await account.api.readVersion(extra)).not.toBeNull()
    const agreed = onTerminal({ argv, home: account.folder })
    await agreed.until(`Delete version ${extra}?`)
    agreed.type('y')
    expect((await agreed.ended).code).toBe(EXIT.ok)
    expect(await account.api.readVersion(extra)).toBeNull()
  })

  it('--no-input never asks', async () => {
    const terminal = onTerminal({
      argv: ['key', 'inspect', '--offline', '--no-input'],
      home: account.folder,
    })
    expect((await terminal.ended).code).toBe(EXIT.usage)
  })

  it('asks on a dumb terminal without moving its cursor, and shows no key', async () => {
    const argv = ['key', 'inspect', '--offline']
    const terminal = onTerminal({ argv, home: account.folder, env: DUMB })
    await terminal.until('Recovery key: ')
    const key = strangeKey()
    terminal.type(`${key}x${BACKSPACE}${ENTER}`)
    const { code, screen } = await terminal.ended
    expect({ code, screen }).toMatchObject({ code: EXIT.ok })
    expect(screen).toContain('Public key')
    expect(screen).not.toContain(key.slice(0, 9))
    expect(screen).not.toContain(ESCAPE)
  })

  it.each([
    ['', EXIT.error],
    ['n', EXIT.error],
    ['maybe', EXIT.error],
    ['y', EXIT.ok],
  ])('%j to a question on a dumb terminal ends with %i', async (answer, exitCode) => {
    const key = await account.file('replaced.txt', 'old')
    const argv = ['key', 'generate', '-o', key]
    const terminal = onTerminal({ argv, home: account.folder, env: DUMB })
    await terminal.until(`Replace ${key}? [y/N] `)
    terminal.type(answer + ENTER)
    const { code, screen } = await terminal.ended
    expect({ code, screen }).toMatchObject({ code: exitCode })
    expect(screen).not.toContain(ESCAPE)
  })

  it.each([
    [['key', 'inspect', '--offline'], 'Recovery key'],
    [['versions', 'delete', '1'], 'Delete version 1?'],
  ])('Ctrl-C at the question of %j on a dumb terminal changes nothing', async (argv, question) => {
    const options = argv[0] === 'versions' ? account.options : []
    const start = { argv: [...argv, ...options], home: account.folder, env: DUMB }
    const terminal = onTerminal(start)
    await terminal.until(question)
    terminal.type(CTRL_C)
    const { code, screen } = await terminal.ended
    expect({ code, screen }).toMatchObject({ code: EXIT.interrupted })
    expect((await account.api.currentVersion())?.version).toBe(account.version)
  })

  it('colours, and does not with NO_COLOR or on a dumb terminal', async () => {
    const argv = ['status', ...account.options]
    const screens = await Promise.all(
      [{}, { NO_COLOR: '1' }, { TERM: 'dumb' }].map(async (env) => {
        const { screen } = await onTerminal({ argv, home: account.folder, env }).ended
        return screen.includes('\u001b[1m')
      }),
    )
    expect(screens).toEqual([true, false, false])
  })

  it('serve stops cleanly at Ctrl-C', async () => {
    const data = join(account.folder, 'serve-data')
    const terminal = onTerminal({
      argv: ['serve', '--data', data, '--port', '0'],
      home: account.folder,
    })
    await terminal.until('Ctrl-C stops the server.')
    terminal.type(CTRL_C)
    const { code, screen } = await terminal.ended
    expect(code).toBe(EXIT.ok)
    expect(screen).toMatch(/http:\/\/127\.0\.0\.1:\d+/)
  })
})

describe('signals', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('%s ends a request that waits', async (signal) => {
    const home = account.folder
    const argv = ['status', '--homeserver', silentUrl]
    const connected = new Promise<void>((resolve) => {
      silent.once('connection', () => {
        resolve()
      })
    })
    const ended = await onPipes(
      { argv, home, env: { ROOMKEYS_ACCESS_TOKEN: 'canary-token' } },
      async (kill) => {
        await connected
        kill(signal)
      },
    )
    expect(ended.code).toBe(EXIT.interrupted)
    expect(ended.stderr).toContain('Interrupted')
  })

  it('no file is left half written', async () => {
    const names = await readdir(account.folder)
    expect(names.filter((name) => name.endsWith('.tmp'))).toEqual([])
  })
})
