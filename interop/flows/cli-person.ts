/** A person at a shell: a folder of their own, their account, and what they must not see printed. */
import { createHomeserver, type Homeserver as Rest } from '@roomkeys/transport'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Account } from '../peers/js-sdk-client.ts'
import { type CommandEnd, type RunningCommand, startCommand } from '../processes/command.ts'

/** How the command is called. */
export interface CallOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Expected of it; 0 unless given. */
  readonly code?: number
}

/** A person at a shell. */
export interface Person {
  readonly account: Account
  /** Path of a file in their folder. */
  readonly path: (name: string) => string
  /** Writes such a file, with mode 0600; its path. */
  readonly write: (name: string, content: string) => Promise<string>
  readonly read: (name: string) => Promise<string>
  /** Names a text that may stand in no output, and in no file that is not meant for it. */
  readonly keepSecret: (secret: string) => void
  /** Environment variables of every call from now on. */
  readonly export: (env: Readonly<Record<string, string>>) => void
  readonly start: (args: readonly string[], options?: CallOptions) => RunningCommand
  /** Runs the command; no secret may be in what it prints. */
  readonly run: (args: readonly string[], options?: CallOptions) => Promise<CommandEnd>
  /** The JSON lines of a call with `--json`. */
  readonly lines: (args: readonly string[], options?: CallOptions) => Promise<readonly unknown[]>
  /** The document of a call with `--json`. */
  readonly document: (args: readonly string[], options?: CallOptions) => Promise<unknown>
  /** Names of the files in their folder that hold a secret. */
  readonly filesWithSecrets: () => Promise<readonly string[]>
  /** The access token of the saved sign-in. */
  readonly token: () => Promise<string>
  /** The homeserver, with that token. */
  readonly signedIn: () => Promise<Rest>
  readonly leave: () => Promise<void>
}

const CREDENTIALS = '.config/roomkeys/credentials.json'

function dense(text: string): string {
  return text.replaceAll(/\s/g, '')
}

function parsedLines(stdout: string): readonly unknown[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line))
}

/** The access token that `login` has saved. */
async function savedToken(path: string): Promise<string> {
  const saved: unknown = JSON.parse(await readFile(path, 'utf8'))
  const isToken = typeof saved === 'object' && saved !== null && 'access_token' in saved
  return isToken ? String(saved.access_token) : ''
}

/** Seats a person at a shell. */
export async function seat(account: Account): Promise<Person> {
  const home = await mkdtemp(join(tmpdir(), 'roomkeys-person-'))
  const secrets = new Set([account.password])
  let env: Readonly<Record<string, string>> = { MATRIX_HOMESERVER: account.baseUrl }
  const path = (name: string): string => join(home, name)
  const has = (text: string): boolean => {
    const found = dense(text)
    return [...secrets].some((secret) => found.includes(dense(secret)))
  }
  const start: Person['start'] = (args, options = {}) =>
    startCommand({ args, home, env: { ...env, ...options.env } })
  const run: Person['run'] = async (args, options = {}) => {
    const end = await start(args, options).ended
    expect(end.code, `${args.join(' ')}: ${end.stderr}`).toBe(options.code ?? 0)
    expect(has(end.stdout + end.stderr), `a secret is printed by ${args.join(' ')}`).toBe(false)
    return end
  }
  const lines: Person['lines'] = async (args, options) =>
    parsedLines((await run([...args, '--json'], options)).stdout)
  const filesWithSecrets: Person['filesWithSecrets'] = async () => {
    const entries = await readdir(home, { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile())
    const found = await Promise.all(
      files.map(async ({ parentPath, name }) => {
        const file = join(parentPath, name)
        return has(await readFile(file, 'utf8')) ? [file.slice(home.length + 1)] : []
      }),
    )
    return found.flat().toSorted()
  }
  const token = (): Promise<string> => savedToken(path(CREDENTIALS))
  return {
    account,
    path,
    write: async (name, content) => {
      await writeFile(path(name), content, { mode: 0o600 })
      return path(name)
    },
    read: (name) => readFile(path(name), 'utf8'),
    keepSecret: (secret) => secrets.add(secret),
    export: (more) => {
      env = { ...env, ...more }
    },
    start,
    run,
    lines,
    document: async (args, options) => {
      const [document, ...more] = await lines(args, options)
      expect(more).toEqual([])
      return document
    },
    filesWithSecrets,
    token,
    signedIn: async () =>
      createHomeserver({ baseUrl: account.baseUrl, accessToken: await token() }),
    leave: () => rm(home, { recursive: true, force: true }),
  }
}
