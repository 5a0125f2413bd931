/** The built command as a process of its own, on a pseudo-terminal or on pipes. */
import { spawn as spawnTerminal } from '@lydell/node-pty'
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url))

/** What a process is started with. */
export interface Start {
  readonly argv: readonly string[]
  readonly home: string
  readonly env?: Readonly<Record<string, string>>
}

function environment({ home, env = {} }: Start): Record<string, string> {
  const PATH = process.env['PATH'] ?? ''
  return { PATH, HOME: home, XDG_CONFIG_HOME: `${home}/.config`, TERM: 'xterm', ...env }
}

/** A process on a terminal. */
export interface Terminal {
  /** Waits until the screen has had this text, and gives all that it has had. */
  readonly until: (text: string) => Promise<string>
  readonly type: (keys: string) => void
  /** Waits for the end. */
  readonly ended: Promise<{ readonly code: number; readonly screen: string }>
}

/** Starts the command on a pseudo-terminal. */
export function onTerminal(start: Start): Terminal {
  const terminal = spawnTerminal(process.execPath, [MAIN, ...start.argv], {
    cols: 100,
    rows: 30,
    cwd: start.home,
    env: environment(start),
  })
  let screen = ''
  const waiting = new Set<() => void>()
  const look = (): void => {
    for (const wake of waiting) wake()
  }
  terminal.onData((data) => {
    screen += data
    look()
  })
  const ended = new Promise<{ code: number; screen: string }>((resolve) => {
    terminal.onExit(({ exitCode }) => {
      resolve({ code: exitCode, screen })
      look()
    })
  })
  const until = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (!screen.includes(text)) return
        waiting.delete(check)
        resolve(screen)
      }
      waiting.add(check)
      check()
      void ended.then(() => {
        if (!screen.includes(text)) reject(new Error(`It ended without ${text}: ${screen}`))
      })
    })
  return {
    until,
    type: (keys) => {
      terminal.write(keys)
    },
    ended,
  }
}

/** What came of a process on pipes. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** What others on the machine could read as its command line while it ran. */
  readonly commandLine: string
}

/** Runs the command on pipes; `whileRunning` is called as soon as the process is there. */
export async function onPipes(
  start: Start,
  whileRunning: (kill: (signal: NodeJS.Signals) => void) => Promise<void> | void = () => undefined,
  stdin = '',
): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, ...start.argv], {
    cwd: start.home,
    env: environment(start),
    stdio: 'pipe',
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()))
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()))
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve)
  })
  // A process that ended early does not read what is left.
  child.stdin.on('error', () => undefined)
  child.stdin.end(stdin)
  const commandLine = await readFile(`/proc/${child.pid ?? 0}/cmdline`, 'utf8').catch(() => '')
  await whileRunning((signal) => child.kill(signal))
  return { code: await closed, stdout, stderr, commandLine }
}
