/** The command, as `pnpm build` has made it, in a process of its own on pipes. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../apps/cli/dist/main.js', import.meta.url))

/** What the command is given. */
export interface CommandCall {
  readonly args: readonly string[]
  /** The folder that it works in, and that of its configuration and state. */
  readonly home: string
  readonly env?: Readonly<Record<string, string>>
}

/** What came of it. */
export interface CommandEnd {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The command while it runs. */
export interface RunningCommand {
  /** The first line of its standard output; `''` when it ends without one. */
  readonly firstLine: Promise<string>
  readonly kill: (signal: NodeJS.Signals) => void
  readonly ended: Promise<CommandEnd>
}

/** Starts the command. */
export function startCommand({ args, home, env = {} }: CommandCall): RunningCommand {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: home,
    env: { PATH: process.env['PATH'] ?? '', HOME: home, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { stdout: '', stderr: '' }
  const closed = once(child, 'close') as Promise<[number | null]>
  const firstLine = new Promise<string>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said.stdout += text
      if (said.stdout.includes('\n')) resolve(said.stdout.slice(0, said.stdout.indexOf('\n')))
    })
    child.once('close', () => {
      resolve('')
    })
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text))
  const ended = closed.then(([code]) => ({ code, ...said }))
  return { firstLine, kill: (signal) => child.kill(signal), ended }
}
