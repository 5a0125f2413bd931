import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseArguments, usage } from '../src/command/arguments.node.ts'
import { type CommandPorts, runCommand } from '../src/command/command.node.ts'

const FILES: Readonly<Record<string, string>> = {
  tokens: '# users\nsecret-token-one\n\n  secret-token-two \n',
  secret: 'the-shared-secret\n',
  known: '[{"id":"H1","reason":"decided so"}]',
}

function sources(
  env: Readonly<Record<string, string>> = {},
): Pick<CommandPorts, 'env' | 'readFile'> {
  const readFile = (path: string): string => {
    const text = FILES[path]
    if (text === undefined) throw new Error('ENOENT')
    return text
  }
  return { env, readFile }
}

interface Outcome {
  readonly code: number
  readonly printed: string
  readonly complaints: string
  readonly files: ReadonlyMap<string, string>
}

async function command(
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
): Promise<Outcome> {
  let [printed, complaints] = ['', '']
  const files = new Map<string, string>()
  const code = await runCommand(args, {
    ...sources(env),
    writeFile: (path, text) => files.set(path, text),
    print: (text) => (printed += text),
    complain: (text) => (complaints += text),
  })
  return { code, printed, complaints, files }
}

describe('arguments', () => {
  const URL_AND = (...args: readonly string[]): readonly string[] => ['http://h', ...args]

  it('name everything that a run may be told', () => {
    const args = URL_AND(
      ...['--tokens-file', 'tokens', '--format', 'junit', '--output', 'o', '--seed', '7'],
      ...['--only', 'H1, B2', '--concurrency', '2', '--timeout', '9', '--lenient'],
      ...['--known-differences', 'known'],
    )
    expect(parseArguments(args, sources())).toEqual({
      kind: 'run',
      baseUrl: 'http://h',
      users: { kind: 'tokens', tokens: ['secret-token-one', 'secret-token-two'] },
      format: 'junit',
      output: 'o',
      seed: 7,
      only: ['H1', 'B2'],
      concurrency: 2,
      timeoutMs: 9000,
      fixtures: 'lenient',
      knownDifferences: FILES['known'],
    })
  })

  it('take secrets from files and from the environment', () => {
    const users = (args: readonly string[], env = {}): unknown => {
      const task = parseArguments(URL_AND(...args), sources(env))
      return task.kind === 'run' ? task.users : null
    }
    const shared = { kind: 'shared-secret', secret: 'the-shared-secret' }
    const byFile = ['--register', 'shared-secret', '--secret-file', 'secret']
    expect(users(byFile)).toEqual(shared)
    const env = { ROOMKEYS_REGISTRATION_SECRET: 'the-shared-secret' }
    expect(users(['--register', 'shared-secret'], env)).toEqual(shared)
    expect(users(['--register', 'dummy'])).toEqual({ kind: 'dummy' })
    const tokens = { kind: 'tokens', tokens: ['secret-token'] }
    expect(users([], { MATRIX_ACCESS_TOKEN: 'secret-token' })).toEqual(tokens)
  })

  it.each([
    [[], 'One base URL is needed'],
    [URL_AND('http://other'), 'One base URL is needed'],
    [URL_AND(), 'Users are needed: --register, --tokens-file or MATRIX_ACCESS_TOKEN'],
    [URL_AND('--register', 'magic'), '--register takes dummy or shared-secret'],
    [URL_AND('--register', 'shared-secret'), 'needs --secret-file or ROOMKEYS_REGISTRATION_SECRET'],
    [URL_AND('--register', 'dummy', '--tokens-file', 'tokens'), 'exclude each other'],
    [URL_AND('--tokens-file', 'nothing'), 'Cannot read nothing'],
    [URL_AND('--register', 'dummy', '--format', 'pdf'), '--format takes text, json, junit'],
    [URL_AND('--register', 'dummy', '--seed', '-1'), "'--seed'"],
    [URL_AND('--register', 'dummy', '--seed', 'x'), '--seed takes a whole number'],
    [URL_AND('--magic'), '--magic'],
  ])('%j is refused', async (args, message) => {
    const { code, complaints, printed } = await command(args)
    expect([code, printed]).toEqual([2, ''])
    expect(complaints).toContain(message)
  })
})

describe('without a server', () => {
  it('explains itself', async () => {
    expect(await command(['--help'])).toMatchObject({ code: 0, printed: usage() })
  })

  it('lists the cases with their sources', async () => {
    const { code, printed } = await command(['--list'])
    expect(code).toBe(0)
    expect(printed).toContain('H1  [must] Without a backup there is no current version')
    expect(printed).toContain('#get_matrixclientv3room_keysversion\n')
  })

  it.each([
    ['ftp://h', 'baseUrl must be an http or https URL'],
    ['http://user:password@h', 'baseUrl must have no credentials'],
  ])('refuses %s', async (url, message) => {
    const { code, complaints } = await command([url, '--register', 'dummy'])
    expect(code).toBe(2)
    expect(complaints).toContain(message)
    expect(complaints).not.toContain('password')
  })
})

describe('against a server', () => {
  const server = createServer((request, response) => {
    const found = request.url?.endsWith('/whatever') === true
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' })
    response.end('{"errcode":"M_NOT_FOUND","error":"None"}')
  })
  let url = ''
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => server.close())

  const env = { MATRIX_ACCESS_TOKEN: 'secret-token-one' }

  it('prints the report and ends with 0 when all is as expected', async () => {
    const { code, printed } = await command([url, '--only', 'H1,H2,H8', '--seed', '3'], env)
    expect(printed).toContain('must    3 passed, 0 failed, 0 not applicable, 0 without a verdict')
    expect([code, printed.includes('seed 3: as expected')]).toEqual([0, true])
  })

  it('ends with 1 when a case fails, and writes the report to a file', async () => {
    const args = [url, '--only', 'H3', '--format', 'json', '--output', 'report.json']
    const { code, printed, files } = await command(args, env)
    expect([code, printed]).toEqual([1, ''])
    expect(JSON.parse(files.get('report.json') ?? '')).toMatchObject({
      outcome: 'unexpected',
      results: [{ id: 'H3', status: 'failed', exchange: { status: 404 } }],
    })
  })

  it('ends with 1 when a known difference is none any more', async () => {
    const args = [url, '--only', 'H1', '--known-differences', 'known']
    expect(await command(args, env)).toMatchObject({ code: 1 })
  })

  it('ends with 2 when there is nobody', async () => {
    const { code, printed } = await command(['http://127.0.0.1:1', '--only', 'H2'], env)
    expect(code).toBe(2)
    expect(printed).toContain('ERROR H2')
  })
})
